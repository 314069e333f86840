import { createHash } from 'node:crypto';
import type { ChunkId } from '../domain/chunk.ts';
import { NO_HISTORY, type RepairHistory, type RepairRow } from '../domain/project.ts';
import { ConflictError, UnavailableError } from '../errors.ts';
import { reportToBreaker } from './breaker-use.ts';
import { dependenciesOf } from './guards.ts';
import { operationEvent, record } from './journal.ts';
import { conclude, readBack, recordTried } from './prove-repair.ts';
import { quarantineCases } from './quarantine-cases.ts';
import { type Case, refuse } from './repair-case.ts';
import { act } from './repair-changes.ts';
import { eventsOf, type Reserved } from './reservation.ts';
import type { Round } from './round.ts';
import { timestamp } from './world.ts';

/**
 * Carries out the verdicts on one document under its reservation: recorded before, fenced during, read back after.
 * Only what reads back right counts as repaired.
 */
export const actAndProve = async (
  round: Round,
  head: Reserved,
  cases: Case[],
  histories: Map<ChunkId, RepairHistory>,
): Promise<RepairRow[]> => {
  const { world } = round;
  await recordTried(round, head, cases);
  if ((await announce(round, head, cases, histories)) === 'duplicate') {
    await world.documents.close(head, timestamp(world));
    return cases.map((one) => refuse(one, 'duplicate'));
  }
  await quarantineCases(round, head, cases);
  await actWatched(round, head, cases);
  const rows = await readBack(round, head, cases);
  await conclude(round, head, cases, rows);
  return rows;
};

/** Two deliveries of one attempt meet here: hour, chunk, action, evidence and attempt make the key. */
const announce = async (
  round: Round,
  head: Reserved,
  cases: Case[],
  histories: Map<ChunkId, RepairHistory>,
) => {
  const { world } = round;
  const parts = cases.map((one) => {
    const { attempts, last_attempt_at } = histories.get(one.chunk_id) ?? NO_HISTORY;
    return [one.chunk_id, one.verdict?.action, one.evidence, attempts, last_attempt_at];
  });
  const key = repairKey(timestamp(world), parts);
  const place = {
    ...operationEvent(eventsOf(head), 'repair_started'),
    position: `repair#${key}`,
    idempotency_key: key,
  };
  const metadata = { repair_id: round.run.repair_id, op_id: head.open.op_id, repairs: cases.map(summary) };
  try {
    return await record(world, 'repair_started', place, { status: 'started', metadata });
  } catch (error) {
    if (error instanceof ConflictError && error.code === 'event_conflict') return 'duplicate';
    throw error;
  }
};

/** The seed's hourly window: the same repair of the same evidence, tried again within the hour, is the same repair. */
export const repairKey = (at: string, parts: unknown[]): string =>
  createHash('sha256')
    .update(JSON.stringify([at.slice(0, 13), parts]))
    .digest('hex')
    .slice(0, 32);

const summary = ({ chunk_id, verdict, item }: Case) => ({
  chunk_id,
  action: verdict?.action,
  cause: verdict?.cause,
  type: item?.type,
});

const actWatched = async (round: Round, head: Reserved, cases: Case[]) => {
  try {
    await act(round, head, cases);
    await reportAll(round, cases, undefined);
  } catch (error) {
    if (error instanceof UnavailableError) await reportAll(round, cases, error);
    throw error;
  }
};

/** Our own bad requests don't count against a dependency. */
const reportAll = async (round: Round, cases: Case[], error: UnavailableError | undefined) => {
  for (const dependency of new Set(cases.flatMap(dependenciesOf))) {
    const isGuilty = error?.dependency === dependency && error.kind !== 'refused';
    if (error && !isGuilty) continue;
    const permit = await round.permits.get(dependency);
    // Of successes only a probe's changes anything.
    if (permit?.allowed && (isGuilty || permit.probe))
      await reportToBreaker(round, permit, isGuilty ? 'failed' : 'succeeded');
  }
};

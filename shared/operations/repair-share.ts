import { isHolding } from '../domain/breaker.ts';
import { cut, GROUP, type RunChunk, UNTOLD } from '../domain/lane.ts';
import type { Project, RepairRow, RepairRun, ShareLease } from '../domain/project.ts';
import { FencedError } from '../errors.ts';
import { casesOf, type FirstLook, firstLooks } from './first-looks.ts';
import { recordShare } from './record-rows.ts';
import { repairCases } from './repair-cases.ts';
import { withRepairedBefore } from './repaired-before.ts';
import { ring } from './ring.ts';
import type { Round } from './round.ts';
import { chunksOfShare } from './run-chunks.ts';
import { timestamp, type World } from './world.ts';

export interface ShareTurn {
  world: World;
  run: RepairRun;
  project: Project;
  caller: string;
  share: number;
  remainingMs: () => number;
}

const LEASE_MS = 120_000;
/** What a group may take: none is begun with less left. */
const RESERVE_MS = 30_000;

/**
 * The bulk lane: repairs a share of an approved run, document by document. The first look goes ahead, so that the grace
 * period is waited for once; each group is then looked at again, judged and acted upon as any repair is. It stops before
 * a group where a person or a breaker says so, and the tick takes it up again where it was.
 */
export const repairShare = async (turn: ShareTurn): Promise<RepairRow[]> => {
  const leasedAt = turn.world.clock.now();
  const lease = await leased(turn);
  if (!lease) return [];
  const rows: RepairRow[] = [];
  try {
    await walk({ ...turn, leasedAt }, lease, (more) => rows.push(...more));
  } catch (error) {
    // Whoever took the share over walks it on.
    if (!(error instanceof FencedError)) throw error;
  }
  return rows;
};

const leased = ({ world, run, share, caller }: ShareTurn): Promise<ShareLease | undefined> => {
  const [now, until] = [timestamp(world), timestamp(world, LEASE_MS)];
  return world.repairs.leaseShare(run.project, run.repair_id, share, caller, now, until);
};

const walk = async (
  turn: ShareTurn & { leasedAt: number },
  held: ShareLease,
  tell: (rows: RepairRow[]) => void,
): Promise<void> => {
  const { world, run, share, remainingMs } = turn;
  const groups = cut((await chunksOfShare(world, run, share)).slice(held.done), GROUP);
  let standing: Held = { lease: held, until: turn.leasedAt + LEASE_MS };
  // What became of a group is told while the next one is repaired, and before that one is told of.
  let telling = Promise.resolve(standing);
  let walked = 0;
  try {
    for await (const { group, first } of firstLooks(turn, groups)) {
      const round = await nextRound(turn);
      if (!round || remainingMs() - graceLeft(round, first) < RESERVE_MS)
        return await giveBack(turn, (await telling).lease, round !== undefined);
      if (world.clock.now() >= standing.until) standing = await telling;
      const outcome = await repairGroup(round, group, first, walked++ < UNTOLD);
      standing = await telling;
      telling = told(turn, round, standing, group, outcome);
      telling.then(() => tell(outcome.rows), NOTHING);
    }
    await world.repairs.releaseShare((await telling).lease);
  } finally {
    await telling.catch(NOTHING);
  }
};
const NOTHING = () => undefined;

type Outcome = Awaited<ReturnType<typeof repairCases>>;

const repairGroup = async (
  round: Round,
  group: RunChunk[],
  first: FirstLook,
  isUntold: boolean,
): Promise<Outcome> => {
  await round.world.clock.sleep(graceLeft(round, first));
  const { rows, paths } = await repairCases(round, casesOf(group, first));
  return { rows: isUntold ? await withRepairedBefore(round, group, rows, paths) : rows, paths };
};

const graceLeft = ({ world, settings }: Round, first: FirstLook): number =>
  Math.max(0, first.at + settings.grace_seconds * 1000 - world.clock.now());

/** A share as it is held, and until when, in milliseconds. */
interface Held {
  lease: ShareLease;
  until: number;
}

const told = async (
  turn: ShareTurn,
  round: Round,
  held: Held,
  group: RunChunk[],
  { rows, paths }: Outcome,
): Promise<Held> => {
  const still = await stillHeld(turn, held);
  const until = turn.world.clock.now() + LEASE_MS;
  const lease = await recordShare(round, still, group, rows, paths, timestamp(turn.world, LEASE_MS));
  return { lease, until };
};

/**
 * Whoever has slept past his lease asks for it again before he tells of anything: others may have walked on meanwhile, and
 * what he has proven may differ again by now.
 */
const stillHeld = async (turn: ShareTurn, { lease, until }: Held): Promise<ShareLease> => {
  if (turn.world.clock.now() < until) return lease;
  const again = await leased(turn);
  if (again?.done !== lease.done)
    throw new FencedError(`share ${turn.share} of ${turn.run.repair_id} was taken over`);
  return again;
};

/** `undefined`: a person has stopped repairs, or a breaker holds them. */
const nextRound = async ({ world, run, project, caller }: ShareTurn): Promise<Round | undefined> => {
  const [settings, breakers] = await Promise.all([
    world.projects.settings(run.project),
    world.breakers.all(run.project),
  ]);
  const isStopped =
    project.read_only ||
    settings.mode === 'observe' ||
    breakers.some((breaker) => isHolding(breaker, world.clock.now()));
  return isStopped ? undefined : { world, run, project, settings, caller, permits: new Map() };
};

/** Where only time ran out, the next turn is rung for at once. */
const giveBack = async ({ world, run, share }: ShareTurn, lease: ShareLease, isToGoOn: boolean) => {
  await world.repairs.releaseShare(lease);
  if (isToGoOn) await ringShares(world, run, [share]);
};

/** A doorbell for each of these shares. */
export const ringShares = (
  world: World,
  { project, repair_id, correlation_id }: RepairRun,
  shares: number[],
): Promise<void> =>
  ring(
    world,
    shares.map((share) => ({
      ...{ type: 'RepairRequested', project, correlation_id, repair_id },
      ...{ file_path: null, chunk_ids: [], share },
    })),
  );

import { createHash } from 'node:crypto';
import type { ChunkId } from '../domain/chunk.ts';
import { documentPosition, documentStream, scanStream } from '../domain/event.ts';
import type { RunChunk } from '../domain/lane.ts';
import type { DriftItem, RepairRow, RepairRun, ShareLease } from '../domain/project.ts';
import type { Drifts } from '../ports.ts';
import { recordOnce } from './journal.ts';
import { ring } from './ring.ts';
import type { Round } from './round.ts';
import { timestamp, type World } from './world.ts';

/** Writes down what became of each chunk: refusals as events, drift items ended or given their reason, the run's rows. */
export const recordRows = async (
  round: Round,
  rows: RepairRow[],
  paths: Map<ChunkId, string | null>,
  items: Map<ChunkId, DriftItem>,
): Promise<void> => {
  const { world, run } = round;
  if (rows.length === 0) return;
  await recordRefusals(round, rows, paths);
  const standing = rows.filter(({ chunk_id }) => !ENDED.has(items.get(chunk_id)?.status ?? 'open'));
  await markDrifts(standing, (ids, change) => world.drifts.mark(run.project, ids, change));
  await ringIfCompleted(
    world,
    await world.repairs.record(run.project, run.repair_id, rows, timestamp(world)),
  );
};

/** As `recordRows`, for the next chunks of a share: many at once, and what becomes of them moves the share on. */
export const recordShare = async (
  round: Round,
  lease: ShareLease,
  group: RunChunk[],
  rows: RepairRow[],
  paths: Map<ChunkId, string | null>,
  until: string,
): Promise<ShareLease> => {
  const { world, run } = round;
  await recordRefusals(round, rows, paths);
  const ended = endedIn(run.project, group, rows);
  await world.drifts.recordRepaired([...ended.values()]);
  const others = rows.filter(({ chunk_id }) => !ended.has(chunk_id));
  await markDrifts(others, (ids, change) => world.drifts.mark(run.project, ids, change));
  const recorded = await world.repairs.recordShare(lease, rows, timestamp(world), until);
  await ringIfCompleted(world, recorded.run);
  return recorded.lease;
};

const endedIn = (project: string, group: RunChunk[], rows: RepairRow[]): Map<ChunkId, DriftItem> => {
  const known = new Map(group.map((chunk) => [chunk.chunk_id, chunk]));
  const items = rows.flatMap(({ chunk_id, outcome, action }): [ChunkId, DriftItem][] => {
    const { seen, file_path = null } = known.get(chunk_id) ?? {};
    if (outcome !== 'repaired' || !seen) return [];
    const said = { project, chunk_id, file_path, evidence: '', ...seen, ...(action ? { action } : {}) };
    return [[chunk_id, { ...said, status: 'repaired' }]];
  });
  return new Map(items);
};

type Mark = (ids: ChunkId[], change: Parameters<Drifts['mark']>[2]) => Promise<void>;

const markDrifts = async (rows: RepairRow[], mark: Mark): Promise<void> => {
  for (const [key, alike] of Map.groupBy(rows, (row) => JSON.stringify(driftChange(row)))) {
    const change = JSON.parse(key);
    if (change)
      await mark(
        alike.map(({ chunk_id }) => chunk_id),
        change,
      );
  }
};

export const ringIfCompleted = async (world: World, run: RepairRun): Promise<void> => {
  const { project, correlation_id, repair_id, status } = run;
  if (status === 'completed')
    await ring(world, [{ type: 'RepairCompleted', project, correlation_id, repair_id }]);
};

/** A doorbell rung again for what has ended changes nothing about it. */
const ENDED = new Set<DriftItem['status']>(['repaired', 'gone']);

/** What a row means for the chunk's drift item: a read-back ends it, a loop or too many attempts park it. */
const driftChange = ({
  outcome,
  reason,
  action,
}: RepairRow): (Pick<DriftItem, 'status'> & Partial<DriftItem>) | null => {
  if (outcome === 'repaired') return { status: 'repaired', ...(action ? { action } : {}) };
  if (outcome === 'failed') return { status: 'open' };
  if (reason === 'nothing_to_do') return { status: 'gone', reason };
  if (reason === 'loop' || reason === 'attempts_exhausted') return { status: 'parked', reason };
  if (reason === 'duplicate' || reason === 'in_flight') return null;
  return reason ? { status: reason === 'needs_approval' ? 'waiting' : 'open', reason } : null;
};

const recordRefusals = async (round: Round, rows: RepairRow[], paths: Map<ChunkId, string | null>) => {
  const told = rows.filter(
    ({ outcome, reason }) => outcome !== 'repaired' && reason && reason !== 'nothing_to_do',
  );
  const byPlace = Map.groupBy(told, (row) =>
    JSON.stringify([paths.get(row.chunk_id) ?? null, row.outcome, row.reason]),
  );
  for (const [place, refused] of byPlace) {
    const [file_path, outcome, reason] = JSON.parse(place) as [string | null, string, string];
    await recordRefusal(round, file_path, outcome === 'rate_limited', reason, refused);
  }
};

const recordRefusal = async (
  { world, run }: Round,
  file_path: string | null,
  isLimited: boolean,
  reason: string,
  rows: RepairRow[],
) => {
  const type = isLimited ? 'repair_rate_limited' : 'repair_skipped';
  const ids = rows.map(({ chunk_id }) => chunk_id);
  const digest = createHash('sha256')
    .update(`${reason}\n${ids.join('\n')}`)
    .digest('hex')
    .slice(0, 16);
  const minute = timestamp(world).slice(0, 16);
  const stream =
    file_path === null ? scanStream(run.project, run.repair_id) : documentStream(run.project, file_path);
  const position = documentPosition(0, type, `${run.repair_id}#${minute}#${digest}`);
  const { project, correlation_id } = run;
  const place = { project, correlation_id, stream, position, ...(file_path ? { file_path } : {}) };
  const metadata = { repair_id: run.repair_id, reason, chunk_ids: ids };
  await recordOnce(world, type, place, { status: isLimited ? 'rate_limited' : 'skipped', metadata });
};

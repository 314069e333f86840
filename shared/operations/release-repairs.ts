import type { ChunkId } from '../domain/chunk.ts';
import { type DriftItem, isHeldBack, isReleasable, type RepairRun } from '../domain/project.ts';
import type { Scan } from '../domain/scan.ts';
import type { Settings } from '../domain/settings.ts';
import type { Message } from '../ports.ts';
import { driftPages } from './drift-pages.ts';
import { ring } from './ring.ts';
import { keepChunks, unendedChunks } from './run-chunks.ts';
import { timestamp, type World } from './world.ts';

export const NOTHING_YET: RepairRun['counts'] = { repaired: 0, failed: 0, skipped: 0, rate_limited: 0 };

/** Chunks in one doorbell. */
export const BATCH = 100;

/**
 * Releases the repairs of a completed scan, and what an earlier release had to leave: one run, named after the scan so
 * that repeating it rings the same run again. Every guard is asked by the repair itself; in `observe` and `plan`
 * nothing is released.
 */
export const releaseRepairs = async (world: World, scan: Scan): Promise<RepairRun | undefined> => {
  const settings = await world.projects.settings(scan.project);
  if (settings.mode !== 'auto' || (await world.projects.approval(scan.project))) return undefined;
  const { list_id, count } = await keepChunks(world, scan.project, releasedBy(world, scan, settings));
  if (count === 0) return undefined;
  const { run } = await world.repairs.start({
    project: scan.project,
    repair_id: scan.scan_id,
    correlation_id: scan.correlation_id,
    scan_id: scan.scan_id,
    list_id,
    named: false,
    status: 'running',
    accepted: count,
    started_at: timestamp(world),
    counts: NOTHING_YET,
  });
  await ringRun(world, run);
  return run;
};

async function* releasedBy(world: World, scan: Scan, settings: Settings): AsyncGenerator<ChunkId[]> {
  const now = world.clock.now();
  const isReleased = (item: DriftItem) =>
    isReleasable(item) && (item.scan_id === scan.scan_id || isHeldBack(item, settings, now));
  for await (const items of driftPages(world, scan.project))
    yield items.filter(isReleased).map(({ chunk_id }) => chunk_id);
}

/** Doorbells for all that a run has still to do. */
export const ringRun = async (world: World, run: RepairRun): Promise<void> => {
  for await (const chunk_ids of unendedChunks(world, run)) await ringChunks(world, run, chunk_ids);
};

const ringChunks = async (world: World, run: RepairRun, chunk_ids: ChunkId[]): Promise<void> => {
  const items = await world.drifts.get(run.project, chunk_ids);
  const pathOf = (id: ChunkId) => items.get(id)?.file_path ?? null;
  await ringRepairs(
    world,
    run,
    chunk_ids.map((chunk_id) => ({ chunk_id, file_path: pathOf(chunk_id) })),
  );
};

/** Doorbells for these chunks, each for chunks of one document and at most `BATCH` of them. */
export const ringRepairs = (
  world: World,
  { project, repair_id, correlation_id }: RepairRun,
  chunks: Pick<DriftItem, 'chunk_id' | 'file_path'>[],
): Promise<void> => {
  const byPath = Map.groupBy(chunks, ({ file_path }) => file_path);
  const messages = [...byPath].flatMap(([file_path, ofDocument]) =>
    inBatches(ofDocument.map(({ chunk_id }) => chunk_id)).map(
      (chunk_ids): Message => ({
        type: 'RepairRequested',
        project,
        correlation_id,
        repair_id,
        file_path,
        chunk_ids,
      }),
    ),
  );
  return ring(world, messages);
};

const inBatches = (ids: string[]): string[][] =>
  Array.from({ length: Math.ceil(ids.length / BATCH) }, (_, index) =>
    ids.slice(index * BATCH, (index + 1) * BATCH),
  );

/** The tick: chunks that a limit held back, and runs whose doorbells got lost, are rung again. */
export const driveRepairs = async (world: World, project: string): Promise<void> => {
  const { items } = await world.repairs.list(project, { limit: 20 });
  for (const run of items.filter(({ status }) => status === 'running')) await ringRun(world, run);
};

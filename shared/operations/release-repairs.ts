import type { DriftItem, RepairRun } from '../domain/project.ts';
import type { Scan } from '../domain/scan.ts';
import type { Message } from '../ports.ts';
import { standingDrifts } from './drift-pages.ts';
import { ring } from './ring.ts';
import { timestamp, type World } from './world.ts';

export const NOTHING_YET: RepairRun['counts'] = { repaired: 0, failed: 0, skipped: 0, rate_limited: 0 };

/** Chunks in one doorbell. */
export const BATCH = 100;

/**
 * Releases the repairs of a completed scan: one run, named after the scan so that repeating it rings the same run
 * again. Every guard is asked by the repair itself; in `observe` and `plan` nothing is released.
 */
export const releaseRepairs = async (world: World, scan: Scan): Promise<RepairRun | undefined> => {
  const settings = await world.projects.settings(scan.project);
  if (settings.mode !== 'auto' || (await world.projects.approval(scan.project))) return undefined;
  let accepted = 0;
  for await (const items of standingDrifts(world, scan.project, scan.scan_id)) accepted += items.length;
  if (accepted === 0) return undefined;
  const { run } = await world.repairs.start({
    project: scan.project,
    repair_id: scan.scan_id,
    correlation_id: scan.correlation_id,
    scan_id: scan.scan_id,
    named: false,
    status: 'running',
    accepted,
    started_at: timestamp(world),
    counts: NOTHING_YET,
  });
  for await (const items of standingDrifts(world, scan.project, scan.scan_id))
    await ringRepairs(world, run, items);
  return run;
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
  for (const run of items.filter(({ status }) => status === 'running')) {
    const { items: rows } = await world.repairs.rows(project, run.repair_id, { limit: 1000 });
    const final = new Set(
      rows.filter(({ outcome }) => outcome !== 'rate_limited').map(({ chunk_id }) => chunk_id),
    );
    if (run.scan_id !== undefined) await ringUnfinished(world, run, run.scan_id, final);
    else
      await ringHeldBack(
        world,
        run,
        rows.map(({ chunk_id }) => chunk_id).filter((id) => !final.has(id)),
      );
  }
};

const ringUnfinished = async (world: World, run: RepairRun, scan_id: string, final: Set<string>) => {
  for await (const items of standingDrifts(world, run.project, scan_id))
    await ringRepairs(
      world,
      run,
      items.filter(({ chunk_id }) => !final.has(chunk_id)),
    );
};

const ringHeldBack = async (world: World, run: RepairRun, ids: string[]) => {
  const items = await world.drifts.get(run.project, ids);
  await ringRepairs(
    world,
    run,
    ids.map((chunk_id) => ({ chunk_id, file_path: items.get(chunk_id)?.file_path ?? null })),
  );
};

import type { Listing } from '../domain/ending.ts';
import { BATCH, countIn, cut, type RunChunk } from '../domain/lane.ts';
import type { RepairRun } from '../domain/project.ts';
import type { Scan } from '../domain/scan.ts';
import type { Message } from '../ports.ts';
import { isReleasing } from './listed-for.ts';
import { ringIfCompleted } from './record-rows.ts';
import { ringShares } from './repair-share.ts';
import { ring } from './ring.ts';
import { unendedChunks } from './run-chunks.ts';
import { timestamp, type World } from './world.ts';

export const NOTHING_YET: RepairRun['counts'] = { repaired: 0, failed: 0, skipped: 0, rate_limited: 0 };

/**
 * Releases what was listed after a completed scan: one run, named after the scan so that repeating it starts no other. It
 * is left to be rung.
 */
export const releaseRepairs = async (
  world: World,
  { project, scan_id, correlation_id }: Scan,
  { list }: Listing,
): Promise<RepairRun | undefined> => {
  const accepted = countIn(list);
  if (accepted === 0) return undefined;
  if (!(await isReleasing(world, project, await world.projects.settings(project)))) return undefined;
  const { run } = await world.repairs.start({
    ...{ project, repair_id: scan_id, correlation_id, scan_id, list_id: list.list_id },
    ...{ named: false, status: 'running', accepted, started_at: timestamp(world), counts: NOTHING_YET },
  });
  return run;
};

/** Doorbells for all that a run has still to do; one that has nothing left to do, but was not ended, ends. */
export const ringRun = async (
  world: World,
  run: RepairRun,
  shares = Number.POSITIVE_INFINITY,
): Promise<void> => {
  if ((await ringLeft(world, run, shares)) || run.status === 'completed') return;
  const { project, repair_id } = run;
  await ringIfCompleted(world, await world.repairs.end(project, repair_id, timestamp(world)));
};

/**
 * A share that nobody holds may have its doorbell waiting in the queue: ringing for all of them each minute, for as long as
 * the run takes, would leave the doorbells of others behind thousands.
 */
const SHARES_A_TICK = 16;
const TICK_MS = 60_000;

/** Others each minute, so that shares which fail again and again hold up no others. */
const someOf = (shares: number[], most: number, now: number): number[] => {
  if (shares.length <= most) return shares;
  const from = (Math.floor(now / TICK_MS) * most) % shares.length;
  return [...shares.slice(from), ...shares.slice(0, from)].slice(0, most);
};

/** Whether anything was left to ring for. */
const ringLeft = async (world: World, run: RepairRun, most: number): Promise<boolean> => {
  if (run.shares) {
    const open = await world.repairs.openShares(run.project, run.repair_id, timestamp(world));
    await ringShares(world, run, someOf(open, most, world.clock.now()));
    return open.length > 0;
  }
  let isAnyLeft = false;
  for await (const chunks of unendedChunks(world, run)) {
    isAnyLeft = true;
    await ringRepairs(world, run, chunks);
  }
  return isAnyLeft;
};

/** Doorbells for these chunks, each for chunks of one document and at most `BATCH` of them. */
export const ringRepairs = (
  world: World,
  { project, repair_id, correlation_id }: RepairRun,
  chunks: RunChunk[],
): Promise<void> => {
  const byPath = Map.groupBy(chunks, ({ file_path }) => file_path);
  const messages = [...byPath].flatMap(([file_path, ofDocument]) =>
    cut(
      ofDocument.map(({ chunk_id }) => chunk_id),
      BATCH,
    ).map(
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

/** The tick: chunks that a limit held back, and runs whose doorbells got lost, are rung again. */
export const driveRepairs = async (world: World, project: string): Promise<void> => {
  for (const run of await world.repairs.running(project)) await ringRun(world, run, SHARES_A_TICK);
};

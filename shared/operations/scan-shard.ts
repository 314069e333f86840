import type { ChunkId } from '../domain/chunk.ts';
import { isStanding } from '../domain/project.ts';
import type { ShardProgress } from '../domain/scan.ts';
import { FencedError, UnavailableError } from '../errors.ts';
import { closeScan } from './close-scan.ts';
import { compareCounts } from './compare-counts.ts';
import { confirmCandidates } from './confirm-candidates.ts';
import { driftPages } from './drift-pages.ts';
import { hasTime, LEASE_MS, type Shift, save } from './shift.ts';
import { pageRowsOf, smallerPage, walkedDepth } from './smaller-page.ts';
import { takePage } from './take-page.ts';
import { type WalkedManifests, walkManifests } from './walk-manifests.ts';
import { type WalkedPage, walkRange } from './walk-range.ts';
import { timestamp, type World } from './world.ts';

export interface ShardRequest {
  project: string;
  scan_id: string;
  shard: number;
  owner: string;
  remainingMs: () => number;
  /** Rows of a page, for tests of page boundaries. */
  pageRows?: number;
}
/** `busy`: someone else holds it. `stopped`: paused, cancelled or out of time, at a checkpoint. */
export type ShardOutcome = 'done' | 'busy' | 'stopped' | 'failed' | 'fenced';

const MOST_FAILURES = 3;

/**
 * Walks a shard from its checkpoint, looks at what differs, waits out the grace period and looks again. Any worker
 * may die anywhere: the next one repeats at most one page. Whoever has lost the lease writes nothing more.
 */
export const scanShard = async (world: World, request: ShardRequest): Promise<ShardOutcome> => {
  const shift = await startShift(world, request);
  if (shift === undefined) return 'busy';
  try {
    const outcome = await persevere(shift);
    if (outcome === 'done') await closeScan(world, request.project, request.scan_id);
    return outcome;
  } catch (error) {
    if (error instanceof FencedError) return 'fenced';
    if (!(error instanceof UnavailableError)) throw error;
    return await giveUp(shift, error);
  }
};

const startShift = async (world: World, request: ShardRequest): Promise<Shift | undefined> => {
  const { project: name, scan_id, shard, owner, remainingMs, pageRows } = request;
  const [scan, project] = await Promise.all([world.scans.get(name, scan_id), world.projects.get(name)]);
  if (scan?.status !== 'running' || project === undefined) return undefined;
  const settings = await world.projects.settings(name);
  const until = timestamp(world, LEASE_MS);
  const lease = await world.scans.lease(name, scan_id, shard, owner, timestamp(world), until);
  if (lease === undefined) return undefined;
  const began = world.clock.now();
  const embed_again = scan.depth === 'vectors' ? await knownByEmbedding(world, name) : new Set<ChunkId>();
  return { world, scan, project, settings, lease, embed_again, began, remainingMs, pageRows };
};

const knownByEmbedding = async (world: World, project: string): Promise<Set<ChunkId>> => {
  const known = new Set<ChunkId>();
  for await (const items of driftPages(world, project))
    for (const item of items) if (isStanding(item) && item.embed_again) known.add(item.chunk_id);
  return known;
};

/** Pages that can't be read in time are read in halves from the last checkpoint on, before that counts as a failure. */
const persevere = async (shift: Shift): Promise<ShardOutcome> => {
  for (;;) {
    try {
      return await work(shift);
    } catch (error) {
      const page_rows = await smallerPage(shift, error);
      if (page_rows === undefined) throw error;
      const { progress } = shift.lease.shard;
      await save(shift, { ...progress, pages: progress.pages + 1, page_rows });
      if (!(await hasTime(shift))) return await stop(shift);
    }
  }
};

const work = async (shift: Shift): Promise<ShardOutcome> => {
  if (shift.lease.shard.progress.status === 'walking' && !(await walk(shift))) return await stop(shift);
  if (!(await confirmCandidates(shift))) return await stop(shift);
  await save(shift, { ...shift.lease.shard.progress, status: 'done' });
  await shift.world.scans.release(shift.lease, shift.lease.shard.progress, false);
  return 'done';
};

const stop = async ({ world, lease }: Shift): Promise<ShardOutcome> => {
  await world.scans.release(lease, lease.shard.progress, false);
  return 'stopped';
};

/** A side that failed costs the shard one of its tries; after the last one the scan can't know, and says so. */
const giveUp = async ({ world, lease, scan }: Shift, error: UnavailableError): Promise<ShardOutcome> => {
  const isLast = lease.shard.failures + 1 >= MOST_FAILURES;
  const progress: ShardProgress = {
    ...lease.shard.progress,
    ...(isLast ? { status: 'failed' } : {}),
    error: { side: error.dependency, kind: error.kind, detail: error.message },
  };
  await world.scans.release(lease, progress, true);
  if (isLast) await closeScan(world, scan.project, scan.scan_id);
  return 'failed';
};

/** Walks to the end of the shard; `false` if it had to stop before. */
const walk = async (shift: Shift): Promise<boolean> => {
  const { task } = shift.lease.shard;
  if (task.kind === 'counts') return await compareCounts(shift);
  for await (const page of pagesOf(shift)) {
    await takePage(shift, page);
    if (!(await hasTime(shift))) return false;
  }
  await save(shift, { ...shift.lease.shard.progress, status: 'confirming' });
  return true;
};

const pagesOf = (shift: Shift): AsyncGenerator<WalkedPage | WalkedManifests> => {
  const { world, scan, lease } = shift;
  const { task, progress } = lease.shard;
  if (task.kind === 'manifests') return walkManifests(world, scan.project, task.share, progress.cursor);
  const range = task.kind === 'range' ? task.range : { from: '' };
  return walkRange(world, scan.project, range, progress.cursor, walkedDepth(scan), pageRowsOf(shift));
};

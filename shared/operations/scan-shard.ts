import type { ChunkId, IdRange } from '../domain/chunk.ts';
import { walkersOf } from '../domain/intensity.ts';
import { isStanding } from '../domain/project.ts';
import type { Scan, Shard, ShardProgress } from '../domain/scan.ts';
import { newTally, packTally } from '../domain/tally.ts';
import { FencedError, UnavailableError } from '../errors.ts';
import { closeScan } from './close-scan.ts';
import { compareCounts } from './compare-counts.ts';
import { confirmCandidates } from './confirm-candidates.ts';
import { doubtedGroups } from './doubted-groups.ts';
import { driftPages } from './drift-pages.ts';
import { handOn, pacedWorld, steeringOf, unhurried } from './pace-scan.ts';
import { ringShards } from './ring.ts';
import { inTurn, isRange } from './shard-order.ts';
import { hasTime, isToBeRenewed, LEASE_MS, type Shift, save } from './shift.ts';
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
/**
 * `busy`: someone else holds it. `stopped`: paused, cancelled or out of time, at a checkpoint. `early`: others of its
 * scan must end first.
 */
export type ShardOutcome = 'done' | 'busy' | 'stopped' | 'early' | 'failed' | 'fenced';

const MOST_FAILURES = 3;

/**
 * Walks a shard from its checkpoint, looks at what differs, waits out the grace period and looks again. Any worker
 * may die anywhere: the next one repeats at most one page. Whoever has lost the lease writes nothing more.
 */
export const scanShard = async (world: World, request: ShardRequest): Promise<ShardOutcome> => {
  const shift = await startShift(world, request);
  if (shift === undefined) return 'busy';
  try {
    if (shift.scan.depth === 'vectors') await recallEmbedded(shift);
    const outcome = await persevere(shift);
    if (outcome === 'done') await goOn(shift);
    return outcome;
  } catch (error) {
    if (error instanceof FencedError) return 'fenced';
    if (!(error instanceof UnavailableError)) throw error;
    return await giveUp(shift, error);
  }
};

/** What follows a shard that has ended: the shards that waited for it, or the end of the scan. */
const goOn = async ({ world, scan, settings, lease, remainingMs }: Shift): Promise<void> => {
  const shards = await world.scans.shards(scan.project, scan.scan_id);
  const next = inTurn(shards, walkersOf(scan, settings, world.clock.now()));
  if (next.length === 0) await closeScan(world, scan.project, scan.scan_id, remainingMs, shards);
  else if (isRange(lease.shard) && !next.some(isRange)) await ringShards(world, scan, next);
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
  const embed_again = new Set<ChunkId>();
  const tally = isTallied(scan, lease.shard) ? newTally() : undefined;
  const paced = await pacedWorld(world, scan, settings, lease.shard, pageRows);
  return { ...paced, scan, project, settings, lease, embed_again, began, remainingMs, tally, pageRows };
};

/** Only from its beginning can a worker tally all of a range. */
const isTallied = ({ depth }: Scan, { task, progress }: Shard): boolean =>
  task.kind === 'range' && depth !== 'fingerprints' && progress.pages === 0;

/** What was found by embedding, by embedding alone can be found to be well again. There may be as many as chunks. */
const recallEmbedded = async (shift: Shift): Promise<void> => {
  for await (const items of driftPages(shift.world, shift.scan.project)) {
    for (const item of items) if (isStanding(item) && item.embed_again) shift.embed_again.add(item.chunk_id);
    if (isToBeRenewed(shift)) await save(shift, shift.lease.shard.progress);
  }
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
  if (shift.lease.shard.progress.status === 'walking') {
    const walked = shift.pace?.isInTurn === false ? 'early' : await walk(shift);
    if (walked !== 'done') return await stop(shift, walked);
    await handOn(shift);
  }
  if (!(await confirmCandidates(shift))) return await stop(shift);
  await save(shift, { ...shift.lease.shard.progress, status: 'done' });
  await shift.world.scans.release(shift.lease, shift.lease.shard.progress, false);
  return 'done';
};

const stop = async ({ world, lease }: Shift, outcome: ShardOutcome = 'stopped'): Promise<ShardOutcome> => {
  await world.scans.release(lease, lease.shard.progress, false);
  return outcome;
};

/** A side that failed costs the shard one of its tries; after the last one the scan can't know, and says so. */
const giveUp = async (shift: Shift, error: UnavailableError): Promise<ShardOutcome> => {
  const { world, lease } = shift;
  const isLast = lease.shard.failures + 1 >= MOST_FAILURES;
  const progress: ShardProgress = {
    ...lease.shard.progress,
    ...(isLast ? { status: 'failed' } : {}),
    error: { side: error.dependency, kind: error.kind, detail: error.message },
  };
  await world.scans.release(lease, progress, true);
  if (isLast) {
    await handOn(shift);
    await goOn(shift);
  }
  return 'failed';
};

/** Walks to the end of the shard, or says why it could not. */
const walk = async (shift: Shift): Promise<'done' | 'stopped' | 'early'> => {
  const { task } = shift.lease.shard;
  if (task.kind === 'counts') return (await compareCounts(shift)) ? 'done' : 'stopped';
  const pages = task.kind === 'range' ? pagesOf(shift, task.range) : await doubtedPages(shift, task.share);
  if (pages === 'stopped' || pages === 'early') return pages;
  for await (const page of unhurried<WalkedPage | WalkedManifests>(shift, pages)) {
    if (page === 'stopped') return page;
    await takePage(shift, page);
    if (!(await hasTime(shift))) return 'stopped';
  }
  const kept = shift.tally && (await shift.world.scans.keepTally(shift.lease, packTally(shift.tally)));
  const tally = kept ? { tally: kept } : {};
  await save(shift, { ...shift.lease.shard.progress, ...tally, status: 'confirming' });
  return 'done';
};

const pagesOf = (shift: Shift, range: IdRange): AsyncGenerator<WalkedPage> => {
  const { world, scan, lease } = shift;
  const { cursor } = lease.shard.progress;
  return walkRange(
    world,
    scan.project,
    range,
    cursor,
    walkedDepth(scan),
    pageRowsOf(shift),
    steeringOf(shift),
  );
};

/** The manifests that must be looked at, once that is known. */
const doubtedPages = async (
  shift: Shift,
  share: number | undefined,
): Promise<AsyncGenerator<WalkedManifests> | 'stopped' | 'early'> => {
  const { world, scan, lease } = shift;
  const { cursor } = lease.shard.progress;
  const doubted = await doubtedGroups(shift, share);
  if (doubted === 'stopped' || doubted === 'early') return doubted;
  const groups = doubted === 'everything' ? undefined : doubted;
  return walkManifests(world, scan.project, share, cursor, groups);
};

import type { Side } from '../domain/chunk.ts';
import type { Ending, Listing } from '../domain/ending.ts';
import { countIn, type RunChunk } from '../domain/lane.ts';
import type { DriftItem } from '../domain/project.ts';
import { withItem } from '../domain/repair-plan.ts';
import type { Scan } from '../domain/scan.ts';
import { FencedError, InvalidError } from '../errors.ts';
import type { Paged } from '../ports.ts';
import { chunksOfItems, emptyListing, type ListedFor, listedFor } from './listed-for.ts';
import { keepMore } from './run-chunks.ts';
import { isSettling, settleGone } from './settle-gone.ts';
import { timestamp, type World } from './world.ts';

const PAGE = 300;
/** So many chunks wait in memory to be kept at once: shares are many, and each gets parts of its own. */
const WAITING_MOST = 10_000;
/** Who has not saved for so long counts as dead. */
const LEASE_MS = 60_000;
const SAVED_EVERY_MS = LEASE_MS / 3;
/** What a page, and saving what was listed, may take. */
const RESERVE_MS = 15_000;

/** One worker at the list of what stands after a scan. Until something must be kept it holds nothing. */
interface Turn extends ListedFor {
  world: World;
  scan: Scan;
  held: Ending | undefined;
  /** As it is kept. */
  kept: Listing;
  /** As far as it has been walked; chunks that it tells of but does not hold yet are waiting. */
  listing: Listing;
  waiting: RunChunk[];
  down: Set<Side>;
  savedAt: number;
}

/**
 * Goes once over all that stands: ends what the scan proves to be gone, and lists what repairs are asked for or released.
 * What was listed is kept before the place behind it is: a worker that dies, or has no time left, is followed by one that
 * goes on from that place, under a fence that the dead one's late writes do not pass. At least a page is done each time.
 * `unfinished`: the rest is for the next turn, or another worker is at it.
 */
export const listStanding = async (
  world: World,
  scan: Scan,
  remainingMs: () => number,
): Promise<Listing | 'unfinished'> => {
  const { ending } = scan;
  if (ending && ending.until > timestamp(world)) return 'unfinished';
  if (ending?.listing.status === 'listed') return ending.listing;
  const turn = await begin(world, scan);
  if (turn.purpose === 'none' && !isSettling(scan)) return turn.listing;
  try {
    return await walk(turn, remainingMs);
  } catch (error) {
    if (error instanceof FencedError) return 'unfinished';
    throw error;
  }
};

const begin = async (world: World, scan: Scan): Promise<Turn> => {
  const known = scan.ending?.listing;
  const listed = await listedFor(world, scan, known?.purpose);
  const kept = known ?? emptyListing(scan, listed.purpose);
  const begun = { waiting: [], down: new Set<Side>(), savedAt: world.clock.now() };
  return { ...listed, ...begun, world, scan, held: undefined, kept, listing: kept };
};

const walk = async (turn: Turn, remainingMs: () => number): Promise<Listing | 'unfinished'> => {
  while (await takePage(turn)) {
    const isOver = remainingMs() < RESERVE_MS;
    if (isOver || isDue(turn)) await save(turn, isOver ? 0 : LEASE_MS);
    if (isOver) return 'unfinished';
  }
  const { cursor: _, ...listing } = turn.listing;
  turn.listing = { ...listing, status: 'listed' };
  if (turn.held || turn.waiting.length > 0 || countIn(listing.list) > 0) await save(turn, 0);
  return turn.listing;
};

const isDue = ({ world, waiting, savedAt }: Turn): boolean =>
  waiting.length >= WAITING_MOST || world.clock.now() - savedAt >= SAVED_EVERY_MS;

/** Whether there is another. */
const takePage = async (turn: Turn): Promise<boolean> => {
  const { world, scan } = turn;
  const { items, next_cursor } = await nextPage(turn);
  const listed = (await settleGone(world, scan, items)).filter(turn.isListed);
  const { listing } = turn;
  turn.waiting.push(...(await chunksOfItems(world, scan, listing, listed, turn.down)));
  const plan = listed.reduce(withItem, listing.plan);
  turn.listing = { ...listing, plan, ...(next_cursor ? { cursor: next_cursor } : {}) };
  return next_cursor !== undefined;
};

/** A kept place that is no longer known as ours, since what it was signed with has changed, is the beginning. */
const nextPage = async (turn: Turn): Promise<Paged<DriftItem>> => {
  const { world, scan, listing } = turn;
  const page = (cursor?: string) =>
    world.drifts.list(scan.project, {}, { limit: PAGE, ...(cursor ? { cursor } : {}) });
  try {
    return await page(listing.cursor);
  } catch (error) {
    if (!(error instanceof InvalidError)) throw error;
    turn.listing = emptyListing(scan, turn.purpose);
    return await page();
  }
};

/** The chunks first, then the listing that names them; `forMs`: how long the worker is waited for afterwards. */
const save = async (turn: Turn, forMs: number): Promise<void> => {
  const { world, scan, waiting } = turn;
  turn.held ??= await take(turn);
  const list = await keepMore(world, scan.project, turn.listing.list, waiting, turn.held.fence);
  turn.listing = { ...turn.listing, list };
  turn.held = { ...turn.held, until: timestamp(world, forMs), listing: turn.listing };
  await world.scans.saveEnding(scan, turn.held);
  turn.waiting = [];
  turn.savedAt = world.clock.now();
};

const take = async ({ world, scan, kept }: Turn): Promise<Ending> => {
  const taken = { owner: world.ids.uuid(), until: timestamp(world, LEASE_MS), listing: kept };
  const ending = await world.scans.takeEnding(scan, taken, timestamp(world));
  if (!ending) throw new FencedError(`another worker is at the end of scan ${scan.scan_id}`);
  return ending;
};

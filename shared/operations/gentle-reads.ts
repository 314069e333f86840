import type { ChunkId, Side } from '../domain/chunk.ts';
import { nextShortRows, shortestPage } from '../domain/page-rows.ts';
import type { ChunkStore, Clock } from '../ports.ts';
import type { World } from './world.ts';

export interface Meter {
  /** For how long the sides have been read since this was last set to zero. */
  readMs: number;
  /** Does something while nothing is read: after what was asked for so far, and before whatever is asked for meanwhile. */
  still: Turn;
  /** There is no time to be gentle: pages are as large, and as many at once, as at full intensity. */
  isHurried: boolean;
}

type Turn = <Result>(act: () => Promise<Result>) => Promise<Result>;

/**
 * The same world, whose sides are read one after the other, in pages so short that others hardly wait behind them. How
 * long they were read is what pauses are reckoned by, page or look, asked for or prefetched.
 */
export const gentleReads = (world: World): { world: World; meter: Meter } => {
  let last: Promise<unknown> = Promise.resolve();
  const still: Turn = (act) => {
    const turn = last.then(act);
    last = turn.catch(() => undefined);
    return turn;
  };
  const meter: Meter = { readMs: 0, still, isHurried: false };
  const timed: Turn = async (act) => {
    const asked = world.clock.now();
    try {
      return await act();
    } finally {
      meter.readMs += world.clock.now() - asked;
    }
  };
  const read: Turn = (act) => (meter.isHurried ? timed(act) : still(() => timed(act)));
  const rows = shortPages(world.clock, meter);
  const [graph, vectors] = [sideOf(world.graph, read, rows), sideOf(world.vectors, read, rows)];
  return { world: { ...world, graph, vectors }, meter };
};

/** Whatever a scan reads of a side by pages or by ids; all else is the side's own. */
const sideOf = <Store extends ChunkStore>(side: Store, read: Turn, short: ShortPages): Store => {
  const reads: Pick<ChunkStore, 'fingerprints' | 'contents' | 'read'> = {
    fingerprints: (project, range, after, most) =>
      read(() => short(side, after, most, (rows) => side.fingerprints(project, range, after, rows))),
    contents: (project, range, after, most, options) =>
      read(() => short(side, after, most, (rows) => side.contents(project, range, after, rows, options))),
    read: (...of) => read(() => side.read(...of)),
  };
  return Object.assign(Object.create(side) as Store, reads);
};

type ShortPages = <Page>(
  of: { side: Side },
  after: ChunkId | undefined,
  most: number,
  page: (rows: number) => Promise<Page>,
) => Promise<Page>;

/**
 * Steers the rows of both sides by the slower one. Pages after the same id have as many rows on both, since each end of a
 * page on either side is a checkpoint.
 */
const shortPages = (clock: Clock, meter: Meter): ShortPages => {
  const msARow: Partial<Record<Side, number>> = {};
  let last: { after: ChunkId | undefined; rows: number } | undefined;
  const rowsAfter = (after: ChunkId | undefined, most: number) => {
    const slowest = Math.max(0, ...Object.values(msARow));
    const rows = last ? nextShortRows(last.rows, last.rows * slowest, most) : shortestPage(most);
    if (last?.after !== after || last === undefined) last = { after, rows };
    return last.rows;
  };
  return async ({ side }, after, most, page) => {
    if (meter.isHurried) return await page(most);
    const rows = Math.min(most, rowsAfter(after, most));
    const asked = clock.now();
    const read = await page(rows);
    msARow[side] = (clock.now() - asked) / rows;
    return read;
  };
};

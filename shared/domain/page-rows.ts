/** A page that takes longer keeps a store busy at a stretch, and loses more when it fails. */
const TARGET_MS = 500;
/** So long may others wait behind a page where they are not to notice it. */
const SHORT_MS = 5;
/** A page of fewer rows is not what makes a store slow. */
export const LEAST_ROWS = 25;
/** Short pages are not shorter, since each costs a round trip. */
const SHORTEST = 0.05;

/**
 * Rows of the next page of a side, from how long the last one took: as many as can be read in half a second, but at most
 * `most`, and never more than twice or less than half of the last, since one slow answer says little (after
 * pt-table-checksum's --chunk-time).
 */
export const nextRows = (rows: number, tookMs: number, most: number): number =>
  Math.min(most, Math.max(LEAST_ROWS, steered(rows, tookMs, TARGET_MS)));

/** The same where the store has others to serve in between. */
export const nextShortRows = (rows: number, tookMs: number, most: number): number =>
  Math.min(most, Math.max(shortestPage(most), steered(rows, tookMs, SHORT_MS)));

export const shortestPage = (most: number): number => Math.ceil(most * SHORTEST);

const steered = (rows: number, tookMs: number, targetMs: number): number =>
  Math.round(rows * Math.min(2, Math.max(0.5, targetMs / Math.max(1, tookMs))));

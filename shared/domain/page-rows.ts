/** A page that takes longer keeps a store busy at a stretch, and loses more when it fails. */
const TARGET_MS = 500;
const LEAST_ROWS = 25;

/**
 * Rows of the next page of a side, from how long the last one took: as many as can be read in half a second, but at most
 * `most`, and never more than twice or less than half of the last, since one slow answer says little (after
 * pt-table-checksum's --chunk-time).
 */
export const nextRows = (rows: number, tookMs: number, most: number): number => {
  const change = Math.min(2, Math.max(0.5, TARGET_MS / Math.max(1, tookMs)));
  return Math.min(most, Math.max(LEAST_ROWS, Math.round(rows * change)));
};

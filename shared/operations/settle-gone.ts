import { type DriftItem, isStanding } from '../domain/project.ts';
import { isAsDeepAs, isWhole, type Scan } from '../domain/scan.ts';
import type { World } from './world.ts';

/** One that met writes under way can't tell for their chunks, so it ends nothing. */
export const isSettling = (scan: Scan): boolean =>
  isWhole(scan) && scan.sums.in_flight === 0 && scan.depth !== 'counts';

/**
 * Differences that a complete scan, at least as deep as the one that found them, has not found again are gone. Answers
 * those that are not.
 */
export const settleGone = async (
  { drifts }: Pick<World, 'drifts'>,
  scan: Scan,
  items: DriftItem[],
): Promise<DriftItem[]> => {
  if (!isSettling(scan)) return items;
  const gone = new Set(items.filter((item) => isStanding(item) && isUnseen(item, scan)));
  const ids = [...gone].map(({ chunk_id }) => chunk_id);
  if (ids.length > 0) await drifts.mark(scan.project, ids, { status: 'gone' });
  return items.filter((item) => !gone.has(item));
};

/** Clocks differ: what this very scan has seen may seem older than the scan. */
const isUnseen = ({ scan_id, last_seen, depth }: DriftItem, scan: Scan) =>
  scan_id !== scan.scan_id && last_seen < scan.started_at && isAsDeepAs(scan.depth, depth);

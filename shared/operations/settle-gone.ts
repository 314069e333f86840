import { type DriftItem, isStanding } from '../domain/project.ts';
import { isAsDeepAs, type Scan } from '../domain/scan.ts';
import { driftPages } from './drift-pages.ts';
import type { World } from './world.ts';

/**
 * Differences that a complete scan, at least as deep as the one that found them, has not found again are gone. A scan
 * that met writes under way can't tell for their chunks, so it ends nothing.
 */
export const settleGone = async (world: Pick<World, 'drifts'>, scan: Scan): Promise<void> => {
  if (scan.sums.in_flight > 0 || scan.depth === 'counts') return;
  for await (const items of driftPages(world, scan.project)) {
    const gone = items.filter((item) => isStanding(item) && isUnseen(item, scan));
    if (gone.length === 0) continue;
    const ids = gone.map(({ chunk_id }) => chunk_id);
    await world.drifts.mark(scan.project, ids, { status: 'gone' });
  }
};

/** Clocks differ: what this very scan has seen may seem older than the scan. */
const isUnseen = ({ scan_id, last_seen, depth }: DriftItem, scan: Scan) =>
  scan_id !== scan.scan_id && last_seen < scan.started_at && isAsDeepAs(scan.depth, depth);

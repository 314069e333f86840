import { isAsDeepAs, type Scan } from '../domain/scan.ts';
import type { World } from './world.ts';

const PAGE = 500;

/**
 * Differences that a complete scan, at least as deep as the one that found them, has not found again are gone. A scan
 * that met writes under way can't tell for their chunks, so it ends nothing.
 */
export const settleGone = async ({ drifts }: Pick<World, 'drifts'>, scan: Scan): Promise<void> => {
  if (scan.sums.in_flight > 0 || scan.depth === 'counts') return;
  for (const status of ['open', 'waiting', 'parked'] as const) {
    let cursor: string | undefined;
    do {
      const page = await drifts.list(
        scan.project,
        { status },
        { limit: PAGE, ...(cursor ? { cursor } : {}) },
      );
      const gone = page.items.filter(
        (item) => item.last_seen < scan.started_at && isAsDeepAs(scan.depth, item.depth),
      );
      if (gone.length > 0)
        await drifts.mark(
          scan.project,
          gone.map(({ chunk_id }) => chunk_id),
          { status: 'gone' },
        );
      cursor = page.next_cursor;
    } while (cursor !== undefined);
  }
};

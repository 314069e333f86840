import type { DriftItem, DriftStatus } from '../domain/project.ts';
import type { World } from './world.ts';

const PAGE = 500;

/** The items of a scan that still stand, a page at a time. */
export async function* standingDrifts(
  { drifts }: Pick<World, 'drifts'>,
  project: string,
  scan_id: string,
): AsyncGenerator<DriftItem[]> {
  for (const status of ['open', 'waiting'] satisfies DriftStatus[]) {
    let cursor: string | undefined;
    do {
      const page = await drifts.list(
        project,
        { status, scan_id },
        { limit: PAGE, ...(cursor ? { cursor } : {}) },
      );
      if (page.items.length > 0) yield page.items;
      cursor = page.next_cursor;
    } while (cursor !== undefined);
  }
}

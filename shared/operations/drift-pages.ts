import { type DriftItem, isReleasable } from '../domain/project.ts';
import type { World } from './world.ts';

/** At most what the chunks of a run keep in one item, whatever strings others use for ids. */
const PAGE = 300;

/** The items of a scan that may be released for repair, a page at a time. */
export async function* releasableDrifts(
  world: Pick<World, 'drifts'>,
  project: string,
  scan_id: string,
): AsyncGenerator<DriftItem[]> {
  for await (const items of driftPages(world, project, { scan_id })) {
    const releasable = items.filter(isReleasable);
    if (releasable.length > 0) yield releasable;
  }
}

/** All items, in order of id. A store reads them all whatever the filter, so that several statuses are asked at once. */
export async function* driftPages(
  { drifts }: Pick<World, 'drifts'>,
  project: string,
  filter: { scan_id?: string } = {},
): AsyncGenerator<DriftItem[]> {
  let cursor: string | undefined;
  do {
    const page = await drifts.list(project, filter, { limit: PAGE, ...(cursor ? { cursor } : {}) });
    yield page.items;
    cursor = page.next_cursor;
  } while (cursor !== undefined);
}

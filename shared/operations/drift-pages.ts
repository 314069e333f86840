import type { DriftItem } from '../domain/project.ts';
import type { World } from './world.ts';

/** At most what the chunks of a run keep in one item, whatever strings others use for ids. */
const PAGE = 300;

/** All items, in order of id. A store reads them all whatever the filter, so that the caller picks. */
export async function* driftPages(
  { drifts }: Pick<World, 'drifts'>,
  project: string,
): AsyncGenerator<DriftItem[]> {
  let cursor: string | undefined;
  do {
    const page = await drifts.list(project, {}, { limit: PAGE, ...(cursor ? { cursor } : {}) });
    yield page.items;
    cursor = page.next_cursor;
  } while (cursor !== undefined);
}

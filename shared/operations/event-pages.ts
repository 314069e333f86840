import type { SyncEvent } from '../domain/event.ts';
import type { World } from './world.ts';

/** Manifests come along, so a page is small. */
const PAGE = 50;

/** The events of a document in order of version and phase, a page at a time. */
export async function* documentEvents(
  { events }: Pick<World, 'events'>,
  project: string,
  file_path: string,
): AsyncGenerator<SyncEvent> {
  let cursor: string | undefined;
  do {
    const page = await events.byDocument(project, file_path, { limit: PAGE, ...(cursor ? { cursor } : {}) });
    yield* page.items;
    cursor = page.next_cursor;
  } while (cursor !== undefined);
}

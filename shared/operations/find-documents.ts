import type { ChunkId } from '../domain/chunk.ts';
import type { World } from './world.ts';

const PAGE = 100;

/**
 * Which documents' manifests name these ids, now or once. Walks the heads of the whole project until all are found:
 * only for ids that neither side nor a drift item places.
 */
export const documentsNaming = async (
  { documents }: Pick<World, 'documents'>,
  project: string,
  ids: Iterable<ChunkId>,
): Promise<Map<ChunkId, string>> => {
  const wanted = new Set(ids);
  const found = new Map<ChunkId, string>();
  let cursor: string | undefined;
  do {
    if (found.size === wanted.size) break;
    const page = await documents.listManifests(project, { limit: PAGE, ...(cursor ? { cursor } : {}) });
    for (const { head, manifest } of page.items) {
      const named = [...manifest.removed, ...manifest.chunks.map(({ chunk_id }) => chunk_id)];
      for (const id of named) if (wanted.has(id)) found.set(id, head.file_path);
    }
    cursor = page.next_cursor;
  } while (cursor !== undefined);
  return found;
};

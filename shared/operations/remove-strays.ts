import type { ChunkId } from '../domain/chunk.ts';
import { guardOf, type Reserved } from './reservation.ts';
import type { World } from './world.ts';

/** An insert can't be fenced: what it put after the reservation was lost is taken back by its own name. */
export const removeStrays = async (world: World, head: Reserved, inserted: ChunkId[]): Promise<void> => {
  const standing = await world.documents.head(head.project, head.file_path);
  const committed = standing ? await world.documents.manifest(standing) : undefined;
  const wanted = new Set(committed?.chunks.map((entry) => entry.chunk_id));
  const strays = inserted.filter((id) => !wanted.has(id));
  if (strays.length > 0) await world.vectors.removeInserted(guardOf(head), strays);
};

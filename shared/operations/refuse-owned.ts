import type { StoredChunk } from '../domain/chunk.ts';
import type { Manifest } from '../domain/document.ts';
import type { Before } from '../domain/write-plan.ts';
import { ConflictError } from '../errors.ts';
import type { Reserved } from './reservation.ts';
import type { World } from './world.ts';
import type { WriteRequest } from './write-request.ts';

/**
 * Throws ConflictError `chunk_owned` if another document owns one of the ids that a write wants. Whose an id is, its
 * manifest says: a copy that names another document may have been damaged, so that document is asked. Should it take
 * the id after it was asked, the graph's transaction finds another signature than the one that was judged.
 */
export const refuseOwned = async (
  world: Pick<World, 'documents'>,
  head: Reserved,
  previous: Manifest,
  { targets }: WriteRequest,
  before: Before,
): Promise<void> => {
  const ours = new Set(previous.chunks.map(({ chunk_id }) => chunk_id));
  const copies = targets
    .filter(({ chunk }) => !ours.has(chunk.chunk_id))
    .flatMap(({ chunk }) => [before.graph.get(chunk.chunk_id), before.vectors.get(chunk.chunk_id)]);
  const elsewhere = copies.filter((copy) => namesAnother(copy, head.file_path));
  const owned = await firstOwned(world, head.project, elsewhere);
  if (!owned) return;
  const { chunk_id, file_path } = owned;
  throw new ConflictError(`chunk ${chunk_id} belongs to another document`, 'chunk_owned', {
    chunk_id,
    file_path,
    field: `chunks[${targets.findIndex(({ chunk }) => chunk.chunk_id === chunk_id)}].chunk_id`,
  });
};

type Elsewhere = StoredChunk & { file_path: string };

const namesAnother = (copy: StoredChunk | undefined, path: string): copy is Elsewhere =>
  Boolean(copy?.file_path) && copy?.file_path !== path;

const firstOwned = async ({ documents }: Pick<World, 'documents'>, project: string, copies: Elsewhere[]) => {
  if (copies.length === 0) return undefined;
  const heads = await documents.heads(project, [...new Set(copies.map(({ file_path }) => file_path))]);
  const manifests = await documents.manifests([...heads.values()]);
  return copies.find(({ chunk_id, file_path, write_id }) => {
    const isClaimed = manifests.get(file_path)?.chunks.some((entry) => entry.chunk_id === chunk_id);
    // Nobody's signature proves whose a copy is, so its path must; and an open operation may be about to claim it.
    return isClaimed || write_id === null || heads.get(file_path)?.open !== undefined;
  });
};

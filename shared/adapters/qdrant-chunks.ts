import { type ChunkId, isChunkId } from '../domain/chunk.ts';
import type { Layout } from '../domain/layout.ts';
import { type Applied, type Change, changedId, type Guard, type VectorStore } from '../ports.ts';
import { type Access, readChunks, send } from './qdrant-access.ts';
import { isApplied, pointChanges } from './qdrant-changes.ts';
import type { QdrantHandle } from './qdrant-client.ts';
import { dimension, drop, identity, ping, register } from './qdrant-collections.ts';
import { countByBucket, countPoints } from './qdrant-counts.ts';
import { images, restore } from './qdrant-images.ts';
import { contents, fingerprints } from './qdrant-pages.ts';

/** The chunks of projects as Qdrant holds them: a collection a project, a point a chunk. */
export const qdrantChunks = (options: { client: QdrantHandle; layout: Layout }): VectorStore => {
  const access: Access = { client: options.client, layout: options.layout.vectors };
  return {
    side: 'vectors',
    fingerprints: (...page) => fingerprints(access, ...page),
    contents: (project, range, after, limit, { vectors } = {}) =>
      contents(access, project, range, after, limit, vectors),
    read: (project, ids, { vectors } = {}) =>
      readChunks(access, project, ids, vectors ? 'chunk_and_vector' : 'chunk'),
    paths: (project, ids) => paths(access, project, ids),
    count: (project) => countPoints(access, project),
    countByBucket: (project) => countByBucket(access, project),
    apply: (guard, changes) => apply(access, guard, changes),
    images: (project, ids) => images(access, project, ids),
    restore: (guard, kept, over) => restore(access, guard, kept, over),
    removeInserted: (guard, ids) => removeInserted(access, guard, ids),
    identity: (project) => identity(access, project),
    register: (project) => register(access, project),
    drop: (project) => drop(access, project),
    ping: () => ping(access),
    dimension: (project) => dimension(access, project),
  };
};

const paths = async (access: Access, project: string, ids: ChunkId[]): Promise<Map<ChunkId, string>> => {
  const found = await readChunks(access, project, ids, 'signature');
  return new Map([...found].flatMap(([id, { file_path }]) => (file_path === null ? [] : [[id, file_path]])));
};

const apply = async (access: Access, guard: Guard, changes: Change[]): Promise<Applied> => {
  const wanted = changes.flatMap((change) => pointChanges(access.layout, guard, change));
  await send(access, guard.project, guard.op_id, wanted);
  const found = await readChunks(access, guard.project, changes.map(changedId), 'signature');
  const took = Map.groupBy(changes, (change) => isApplied(guard, change, found.get(changedId(change))));
  return {
    applied: (took.get(true) ?? []).map(changedId),
    refused: (took.get(false) ?? []).map(changedId),
  };
};

const removeInserted = (access: Access, guard: Guard, ids: ChunkId[]): Promise<void> =>
  send(
    access,
    guard.project,
    guard.op_id,
    ids.filter(isChunkId).map((id) => ({ kind: 'remove', id, bytes: 50, writer: guard.op_id })),
  );

import { bucketOf, type Chunk, type ChunkId } from '../domain/chunk.ts';
import { ConflictError } from '../errors.ts';
import { type Applied, type Change, changedId, type Guard, type Over } from '../ports.ts';
import type { Access } from './neo4j-access.ts';
import { open, stamp } from './neo4j-fences.ts';
import type { GraphLayout } from './neo4j-names.ts';
import {
  type Link,
  link,
  named,
  remove,
  type Standing,
  standingOf,
  type WriteRow,
  write,
} from './neo4j-writes.ts';

/** All changes of a document in one transaction, whose first statement takes its lock. */
export const apply = (access: Access, guard: Guard, changes: Change[]): Promise<Applied> =>
  access.client.write(async (run) => {
    await open(access, run, guard);
    const ids = changes.map(changedId);
    const standing = await standingOf(access, run, guard.project, ids);
    const { gone, removals, writes } = sorted(guard, standing, changes);
    const removed = await remove(access, run, guard, removals);
    const rows = writes.map((change) =>
      rowOf(access.layout, guard, change, standing.get(change.chunk.chunk_id)),
    );
    const written = await write(access, run, guard, rows);
    await link(access, run, guard, linksOf(writes, rows, written));
    await stamp(access, run, guard);
    return outcome(ids, [...gone, ...removed, ...written]);
  });

export const outcome = (ids: ChunkId[], done: Iterable<ChunkId>): Applied => {
  const took = new Set(done);
  const each = [...new Set(ids)];
  return { applied: each.filter((id) => took.has(id)), refused: each.filter((id) => !took.has(id)) };
};

type Removal = Change & { kind: 'remove' };
type Write = Exclude<Change, Removal>;
type Put = Change & { kind: 'put' };

/** The changes that may be made. `gone`: removals with nothing left to do. */
const sorted = (guard: Guard, standing: Map<ChunkId, Standing>, changes: Change[]) => {
  const gone: ChunkId[] = [];
  const removals: ChunkId[] = [];
  const writes: Write[] = [];
  for (const change of changes) {
    const stands = standing.get(changedId(change));
    if (change.kind === 'put') refuseOwned(guard, change, stands);
    if (change.kind !== 'remove') {
      if (isAsSeen(guard, change.over, stands) && (stands || change.kind === 'put')) writes.push(change);
    } else if (!stands) gone.push(change.chunk_id);
    else if (isAsSeen(guard, change.over, stands) && !isForeign(guard, stands))
      removals.push(change.chunk_id);
  }
  return { gone, removals, writes };
};

/** What the operation itself wrote is as seen: the transaction may be repeated. */
const isAsSeen = ({ op_id }: Guard, over: Over, stands: Standing | undefined): boolean => {
  if (stands === undefined) return over.state === 'absent';
  return stands.write_id === op_id || (over.state === 'present' && stands.write_id === over.write_id);
};

const isOfOther = (
  { file_path }: Guard,
  stands: Standing | undefined,
): stands is Standing & { file_path: string } =>
  typeof stands?.file_path === 'string' && stands.file_path !== file_path;

/** Nobody's signature proves whose a chunk is, so its path must. A signed one is fenced by its signature. */
const isForeign = (guard: Guard, stands: Standing) => stands.write_id === null && isOfOther(guard, stands);

const refuseOwned = (guard: Guard, { chunk: { chunk_id }, over }: Put, stands: Standing | undefined) => {
  if (!isOfOther(guard, stands) || isKnownToName(over, stands)) return;
  const details = { chunk_id, file_path: stands.file_path };
  throw new ConflictError(`chunk ${chunk_id} belongs to another document`, 'chunk_owned', details);
};

/** As it was judged, to the letter: a document that has taken the chunk since has signed it. */
const isKnownToName = (over: Over, { write_id, file_path }: Standing) =>
  over.state === 'present' && over.write_id === write_id && over.file_path === file_path;

const rowOf = (layout: GraphLayout, guard: Guard, change: Write, stands: Standing | undefined): WriteRow => ({
  chunk_id: change.chunk.chunk_id,
  stands: stands !== undefined,
  properties: named(layout, {
    ...placeOf(guard, change.chunk),
    ...(change.kind === 'put' ? { content: change.chunk.content, ...embeddingOf(change, stands) } : {}),
  }),
});

const placeOf = ({ op_id }: Guard, { content: _, ...chunk }: Chunk) => ({
  ...chunk,
  bucket: bucketOf(chunk.chunk_id),
  write_id: op_id,
});

const NO_EMBEDDING = { embedding: null, embedding_model: null, embedded_hash: null };

/** A vector that is to be kept; else none may stay that was made from another text. */
const embeddingOf = ({ chunk, embedding, keep_embedding }: Put, stands: Standing | undefined) => {
  if (keep_embedding) {
    const { vector, ...provenance } = embedding;
    return { embedding: vector, ...provenance };
  }
  const made = stands?.embedded_hash;
  return made === undefined || made === chunk.content_hash ? {} : NO_EMBEDDING;
};

const linksOf = (writes: Write[], rows: WriteRow[], written: ChunkId[]): Link[] => {
  const took = new Set(written);
  const links = writes.map(({ chunk }, i) => ({ ...chunk, stands: rows[i]?.stands ?? false }));
  return links.filter(({ chunk_id }) => took.has(chunk_id));
};

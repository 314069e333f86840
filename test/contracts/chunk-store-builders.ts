import { randomUUID } from 'node:crypto';
import {
  type Chunk,
  type ChunkId,
  contentHash,
  type Embedding,
  type StoredChunk,
} from '../../shared/domain/chunk.ts';
import type { Project } from '../../shared/domain/project.ts';
import type { Change, ChunkStore, Guard, Over } from '../../shared/ports.ts';

export const ABSENT: Over = { state: 'absent' };
export const by = (write_id: string | null): Over => ({ state: 'present', write_id });

/** A project of four dimensions with a name of its own. */
export const aStoredProject = (): Project => ({
  project: `contract-${randomUUID().slice(0, 13)}`,
  identity: randomUUID(),
  status: 'registering',
  registered_at: '2026-11-24T12:00:00.000Z',
  embedding_model: 'model-of-the-tests',
  dimension: 4,
  adopted: false,
  read_only: false,
});

/** The first operation on `docs/a.md`. */
export const aGuard = ({ project }: Pick<Project, 'project'>, given: Partial<Guard> = {}): Guard => ({
  project,
  file_path: 'docs/a.md',
  op_id: randomUUID(),
  version: 1,
  ...given,
});

export const aChunk = (given: Partial<Chunk> = {}): Chunk => {
  const content = given.content ?? `text ${randomUUID()}`;
  const place = { file_path: 'docs/a.md', chunk_index: 0, start_line: 1, end_line: 2, version: 1 };
  return { chunk_id: randomUUID(), ...place, ...given, content, content_hash: contentHash(content) };
};

export const chunksOf = (count: number, given: Partial<Chunk> = {}): Chunk[] =>
  Array.from({ length: count }, (_, chunk_index) => aChunk({ chunk_index, ...given }))
    .sort((a, b) => (a.chunk_id < b.chunk_id ? -1 : 1))
    .map((chunk, chunk_index) => ({ ...chunk, chunk_index }));

/** A direction of four dimensions that depends on the text alone. */
export const embeddingOf = (text: string): Embedding => {
  const hash = contentHash(text);
  const vector = [0, 1, 2, 3].map((i) => Number.parseInt(hash.slice(3 + 2 * i, 5 + 2 * i), 16) / 256 + 0.1);
  return { vector, embedding_model: 'model-of-the-tests', embedded_hash: hash };
};

export const put = (chunk: Chunk, over: Over = ABSENT, keep_embedding = false): Change => ({
  kind: 'put',
  chunk,
  embedding: embeddingOf(chunk.content),
  keep_embedding,
  over,
});
export const place = (chunk: Chunk, over: Over): Change => ({ kind: 'place', chunk, over });
export const remove = (chunk_id: ChunkId, over: Over): Change => ({ kind: 'remove', chunk_id, over });

/** What a side holds after an operation put a chunk, leaving out where its vector comes from. */
export const asStored = (chunk: Chunk, { op_id }: Guard) => ({ ...chunk, write_id: op_id });

/** Puts chunks that are not there yet and answers them as they should then be read. */
export const given = async (store: ChunkStore, guard: Guard, chunks: Chunk[]) => {
  await store.apply(
    guard,
    chunks.map((chunk) => put(chunk)),
  );
  return chunks.map((chunk) => asStored(chunk, guard));
};

export const readOne = async (
  store: ChunkStore,
  { project }: Project,
  id: ChunkId,
): Promise<StoredChunk | undefined> => (await store.read(project, [id], { vectors: true })).get(id);

/** Whether two vectors point the same way: stores may keep them normalized, in single precision. */
export const isSameDirection = (a: number[] = [], b: number[] = []): boolean => {
  const dot = (x: number[], y: number[]) => x.reduce((sum, value, i) => sum + value * (y[i] ?? 0), 0);
  return a.length === b.length && dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b)) > 0.999_99;
};

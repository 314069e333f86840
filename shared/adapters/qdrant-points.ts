// What a point says, in our words, and what our words say in a point.

import type { Schemas } from '@qdrant/js-client-rest';
import { bucketOf, type Chunk, type Embedding, type StoredChunk } from '../domain/chunk.ts';
import type { Layout, PayloadKey } from '../domain/layout.ts';

export type VectorLayout = Layout['vectors'];
export type Payload = Record<string, unknown>;
export type StoredPoint = Schemas['Record'];
export type VectorStruct = Schemas['VectorStruct'];

const READ = [
  'content',
  'content_hash',
  'file_path',
  'chunk_index',
  'start_line',
  'end_line',
  'version',
  'write_id',
  'embedding_model',
  'embedded_hash',
] as const satisfies PayloadKey[];

/** Enough to tell whether a write took: its signature, its text's hash, and that its vector is in. */
const SIGNATURE = ['write_id', 'content_hash', 'file_path', 'embedding_model', 'embedded_hash'] as const;

/** The payload keys that a chunk is read from; whatever else a point carries stays where it is. */
export const chunkKeys = ({ payload }: VectorLayout): string[] => READ.map((key) => payload[key]);
export const signatureKeys = ({ payload }: VectorLayout): string[] => SIGNATURE.map((key) => payload[key]);

/** Asks for the layout's own vector and no other: a sparse or late-interaction one can be a hundred times its size. */
export const ownVector = ({ vector }: VectorLayout): string[] => [vector];

export const storedChunk = (layout: VectorLayout, { id, payload, vector }: StoredPoint): StoredChunk => {
  const held = payload ?? {};
  const names = layout.payload;
  const own = ownVectorOf(layout, vector);
  return {
    chunk_id: String(id),
    content: text(held[names.content]),
    content_hash: text(held[names.content_hash]),
    file_path: text(held[names.file_path]),
    chunk_index: whole(held[names.chunk_index]),
    start_line: whole(held[names.start_line]),
    end_line: whole(held[names.end_line]),
    version: whole(held[names.version]),
    write_id: text(held[names.write_id]),
    embedding_model: text(held[names.embedding_model]),
    embedded_hash: text(held[names.embedded_hash]),
    ...(own ? { vector: own } : {}),
  };
};

export const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
export const whole = (value: unknown): number | null =>
  Number.isSafeInteger(value) ? (value as number) : null;

/** Qdrant answers one unnamed vector as a list, and any other combination by name. */
const ownVectorOf = ({ vector: name }: VectorLayout, vector: unknown): number[] | undefined => {
  const own = Array.isArray(vector) && name === '' ? vector : (vector as Payload | null | undefined)?.[name];
  // JSON has no NaN, so a number that is none arrives as null: it must be seen as such, not as a missing vector.
  return Array.isArray(own) ? own.map((x) => (typeof x === 'number' ? x : Number.NaN)) : undefined;
};

/** Everything that says where a chunk stands; `place` writes this and nothing else. */
export const placePayload = (
  { payload: names }: VectorLayout,
  project: string,
  write_id: string,
  chunk: Chunk,
): Payload => ({
  [names.project]: project,
  [names.chunk_id]: chunk.chunk_id,
  [names.bucket]: bucketOf(chunk.chunk_id),
  [names.file_path]: chunk.file_path,
  [names.chunk_index]: chunk.chunk_index,
  [names.start_line]: chunk.start_line,
  [names.end_line]: chunk.end_line,
  [names.content_hash]: chunk.content_hash,
  [names.version]: chunk.version,
  [names.write_id]: write_id,
});

export type Provenance = Record<keyof Omit<Embedding, 'vector'>, string | null>;
export const NO_PROVENANCE: Provenance = { embedding_model: null, embedded_hash: null };

/** Says which text the vector was made from, and by what: true only once the vector is there. */
export const provenancePayload = ({ payload: names }: VectorLayout, from: Provenance): Payload => ({
  [names.embedding_model]: from.embedding_model,
  [names.embedded_hash]: from.embedded_hash,
});

export const vectorStruct = ({ vector: name }: VectorLayout, vector: number[]): VectorStruct =>
  name === '' ? vector : { [name]: vector };

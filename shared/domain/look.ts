import { createHash } from 'node:crypto';
import { type Chunk, contentHash, isChunkId, type StoredChunk, trueHash } from './chunk.ts';
import type { ManifestEntry } from './document.ts';
import { canBeKey } from './name.ts';

/** What the committed manifest says a chunk should be: the third witness beside the two stores. */
export type Intent =
  | { state: 'present'; entry: ManifestEntry; file_path: string; chunk_index: number }
  | { state: 'deleted'; file_path: string; whole_document: boolean }
  | { state: 'unknown' }
  | { state: 'in_flight'; file_path: string };

/** One look at a chunk: its documents' heads, both sides, and the heads again, unchanged and closed. */
export interface Look {
  chunk_id: string;
  intent: Intent;
  graph: StoredChunk | undefined;
  vectors: StoredChunk | undefined;
  /** The point's text was embedded again, and its vector does not lie where that one does. */
  vector_disagrees?: boolean;
}

/** What the project's collection expects of a vector, where the vectors themselves were read. */
export interface VectorRule {
  embedding_model: string;
  dimension: number;
}

export type VectorFault = 'missing' | 'zero' | 'not_finite' | 'dimension' | 'other_model' | 'other_text';

/** How one side's copy stands to what it should be. `moved`: the right text with another place or version. */
export type Standing = 'absent' | 'same' | 'moved' | 'other' | 'malformed';

/** A copy that Lockstep can use as a source: a legal id, a path that a document can have, a text. */
export const isUsable = (stored: StoredChunk): boolean =>
  isChunkId(stored.chunk_id) &&
  typeof stored.content === 'string' &&
  stored.content !== '' &&
  stored.content.isWellFormed() &&
  stored.file_path !== null &&
  canBeKey(stored.file_path);

/** A usable copy as a chunk, with its hash computed from its text; what is missing gets a plain default. */
export const asChunk = (stored: StoredChunk): Chunk => {
  const content = stored.content ?? '';
  return {
    chunk_id: stored.chunk_id,
    content,
    content_hash: contentHash(content),
    file_path: stored.file_path ?? '',
    chunk_index: stored.chunk_index ?? 0,
    start_line: stored.start_line ?? 1,
    end_line: stored.end_line ?? stored.start_line ?? 1,
    version: stored.version ?? 0,
  };
};

/** Where a copy stands against the committed manifest. */
export const standing = (
  stored: StoredChunk | undefined,
  intent: Intent & { state: 'present' },
): Standing => {
  if (stored === undefined) return 'absent';
  if (trueHash(stored) !== intent.entry.content_hash) return 'other';
  return isWhereIntended(stored, intent) ? 'same' : 'moved';
};

const isWhereIntended = (
  stored: StoredChunk,
  { entry, file_path, chunk_index }: Intent & { state: 'present' },
) =>
  stored.content_hash === entry.content_hash &&
  stored.file_path === file_path &&
  stored.chunk_index === chunk_index &&
  stored.start_line === entry.start_line &&
  stored.end_line === entry.end_line &&
  stored.version === entry.version;

/** Whether two copies agree in text, and in everything else that both hold. What only one holds can't disagree. */
export const agreement = (a: StoredChunk, b: StoredChunk): 'same' | 'moved' | 'other' => {
  const hash = trueHash(a);
  if (a.content !== b.content && trueHash(b) !== hash) return 'other';
  const isTrue = ({ content_hash }: StoredChunk) => content_hash === null || content_hash === hash;
  const agrees = (property: (typeof PLACE)[number]) =>
    a[property] === null || b[property] === null || a[property] === b[property];
  return PLACE.every(agrees) && isTrue(a) && isTrue(b) ? 'same' : 'moved';
};

const PLACE = ['file_path', 'chunk_index', 'start_line', 'end_line', 'version'] as const;

/**
 * What is wrong with the vector of a point, given its true text, or `undefined` if nothing is. Points that others
 * wrote carry no provenance: their origin is not judged, only their numbers.
 */
export const vectorFault = (look: Look, rule: VectorRule | undefined): VectorFault | undefined => {
  const point = look.vectors;
  if (point === undefined) return undefined;
  if (look.vector_disagrees) return 'other_text';
  const isOurs = look.intent.state === 'present' || point.embedded_hash !== null;
  if (isOurs && point.embedded_hash !== trueHash(point)) return 'other_text';
  if (rule === undefined) return undefined;
  const model = point.embedding_model;
  if (isOurs && model !== rule.embedding_model && model !== 'caller') return 'other_model';
  return valueFault(point.vector, rule.dimension);
};

const valueFault = (vector: number[] | undefined, dimension: number): VectorFault | undefined => {
  if (vector === undefined || vector.length === 0) return 'missing';
  if (vector.length !== dimension) return 'dimension';
  if (!vector.every(Number.isFinite)) return 'not_finite';
  return vector.every((x) => x === 0) ? 'zero' : undefined;
};

/** Two looks with equal evidence saw the same world: the same intent and the same copies, to the letter. */
export const evidenceOf = (look: Look): string =>
  createHash('sha256')
    .update(
      JSON.stringify([look.chunk_id, meant(look.intent), seen(withoutSpare(look.graph)), seen(look.vectors)]),
    )
    .digest('hex')
    .slice(0, 32);

/** A vector kept on the node is a spare for a lost one: nothing is judged by it. */
const withoutSpare = (node: StoredChunk | undefined): StoredChunk | undefined => {
  if (node === undefined) return undefined;
  const { vector: _spare, ...rest } = node;
  return rest;
};

/** Listed by name, since equal intents may have their properties in another order. */
const meant = (intent: Intent) => {
  if (intent.state === 'unknown') return [intent.state];
  if (intent.state === 'in_flight') return [intent.state, intent.file_path];
  if (intent.state === 'deleted') return [intent.state, intent.file_path, intent.whole_document];
  const { chunk_id, content_hash, start_line, end_line, version } = intent.entry;
  const entry = [chunk_id, content_hash, start_line, end_line, version];
  return [intent.state, intent.file_path, intent.chunk_index, ...entry];
};

const seen = (stored: StoredChunk | undefined) =>
  stored === undefined
    ? null
    : [
        trueHash(stored),
        stored.content_hash,
        stored.file_path,
        stored.chunk_index,
        stored.start_line,
        stored.end_line,
        stored.version,
        stored.write_id,
        stored.embedding_model,
        stored.embedded_hash,
        stored.vector === undefined ? null : digestOf(stored.vector),
      ];

const digestOf = (vector: number[]) =>
  createHash('sha256').update(Float32Array.from(vector)).digest('hex').slice(0, 16);

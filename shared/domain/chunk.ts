import { hash } from 'node:crypto';
import { v5 as uuidv5 } from 'uuid';

/** A canonical UUID: lower case, hyphenated. Both stores list chunks in the byte order of these strings. */
export type ChunkId = string;

/** `graph` is Neo4j, `vectors` is Qdrant: two implementations of one port. */
export type Side = 'graph' | 'vectors';
export const SIDES = ['graph', 'vectors'] as const satisfies Side[];
export const otherSide = (side: Side): Side => (side === 'graph' ? 'vectors' : 'graph');

/** A piece of a document as it should stand on both sides. `version`: the document version at which it last changed. */
export interface Chunk {
  chunk_id: ChunkId;
  content: string;
  content_hash: string;
  file_path: string;
  chunk_index: number;
  start_line: number;
  end_line: number;
  version: number;
}

/** A vector and where it comes from. `embedded_hash` is the content hash of the text it was made from. */
export interface Embedding {
  vector: number[];
  embedding_model: string;
  embedded_hash: string;
}

/**
 * A chunk as one side holds it, believed in nothing: `null` where a property is absent or of another type.
 * `vector` is there only where it was asked for and exists.
 */
export interface StoredChunk {
  chunk_id: ChunkId;
  content: string | null;
  content_hash: string | null;
  file_path: string | null;
  chunk_index: number | null;
  start_line: number | null;
  end_line: number | null;
  version: number | null;
  write_id: string | null;
  embedding_model: string | null;
  embedded_hash: string | null;
  vector?: number[];
}

/** Ids `from` (inclusive) to `to` (exclusive; absent: to the end) in byte order. */
export interface IdRange {
  from: ChunkId;
  to?: ChunkId;
}
export const ALL_IDS: IdRange = { from: '00000000-0000-0000-0000-000000000000' };

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
export const isChunkId = (value: unknown): value is ChunkId => typeof value === 'string' && UUID.test(value);

/** The id's first byte: both sides index it, so that counts and ranges need no scan of ids. */
export const bucketOf = (id: ChunkId): number => Number.parseInt(id.slice(0, 2), 16);

/** The form of a text that is hashed: NFC with `\n` line ends, nothing trimmed (DESIGN §6). */
export const canonicalText = (text: string): string => {
  const lines = text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
  return MAY_COMPOSE.test(lines) ? lines.normalize('NFC') : lines;
};

/** No character before U+0300 composes with another: a text without others is its own normal form (UAX #15). */
const MAY_COMPOSE = /[\u0300-\uffff]/;

/** `v1:` and the first 128 bits of SHA-256 of the canonical text, in hex. */
export const contentHash = (text: string): string =>
  `v1:${hash('sha256', canonicalText(text), 'hex').slice(0, 32)}`;

const NAMESPACE = 'b7c1f5de-6f0a-5c53-9d0e-2f6f0a9c4e11';

/** UUIDv5 of project, path and index: the same place in the same document always has the same id. */
export const chunkId = (project: string, file_path: string, chunk_index: number): ChunkId =>
  uuidv5(`${project}\n${file_path}\n${chunk_index}`, NAMESPACE);

/** The hash of what a side really holds, or `null` if it holds no text. Never the hash stored beside it. */
export const trueHash = (stored: StoredChunk): string | null =>
  stored.content === null ? null : contentHash(stored.content);

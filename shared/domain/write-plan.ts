import { type Chunk, type ChunkId, type Embedding, type Side, type StoredChunk, trueHash } from './chunk.ts';
import type { Manifest, ManifestEntry } from './document.ts';

/** A chunk as the caller wants it; `vector` is the caller's own and is never made again. */
export interface Target {
  chunk: Omit<Chunk, 'version'>;
  vector?: number[];
}

export type ChunkChange = 'created' | 'updated' | 'unchanged' | 'removed';
export type SideChange = 'put' | 'place' | 'none';

export interface PlannedChunk {
  chunk: Chunk;
  vector?: number[];
  change: ChunkChange;
  sides: Record<Side, SideChange>;
}

/** What a write will do: chunk by chunk, which ids go, and the manifest that it leaves. */
export interface WritePlan {
  chunks: PlannedChunk[];
  removed: { chunk_id: ChunkId; chunk_index: number; content_hash: string }[];
  manifest: Manifest;
  /** Whether the manifest differs from the committed one; if not, the document keeps its version. */
  isNewVersion: boolean;
}

export type Before = Record<Side, Map<ChunkId, StoredChunk>>;

/** The manifest that a write of these targets means to leave: unchanged entries keep their version. */
export const targetManifest = (targets: Target[], previous: Manifest, version: number): Manifest => {
  const known = new Map(previous.chunks.map((entry, index) => [entry.chunk_id, { entry, index }]));
  const chunks = targets.map(({ chunk }, index) => {
    const old = known.get(chunk.chunk_id);
    const entry = entryOf(chunk, version);
    return old?.index === index && isSameEntry(old.entry, entry) ? old.entry : entry;
  });
  const kept = new Set(chunks.map((entry) => entry.chunk_id));
  const gone = [...previous.removed, ...previous.chunks.map((entry) => entry.chunk_id)];
  return { version, chunks, removed: [...new Set(gone)].filter((id) => !kept.has(id)) };
};

const entryOf = (chunk: Omit<Chunk, 'version'>, version: number): ManifestEntry => ({
  chunk_id: chunk.chunk_id,
  content_hash: chunk.content_hash,
  start_line: chunk.start_line,
  end_line: chunk.end_line,
  version,
});

const isSameEntry = (a: ManifestEntry, b: ManifestEntry) =>
  a.content_hash === b.content_hash && a.start_line === b.start_line && a.end_line === b.end_line;

/**
 * Compares what the caller wants with what stands on both sides. Chunks that are right on a side are left alone
 * there; a side found drifted is made right in passing.
 */
export const planWrite = (
  targets: Target[],
  previous: Manifest,
  before: Before,
  model: string,
  version: number,
): WritePlan => {
  const manifest = targetManifest(targets, previous, version);
  const known = new Set(previous.chunks.map((entry) => entry.chunk_id));
  const chunks = targets.map((target, index) => {
    const chunk = { ...target.chunk, version: manifest.chunks[index]?.version ?? version };
    return planChunk(chunk, target.vector, before, model, known.has(chunk.chunk_id));
  });
  const kept = new Set(manifest.chunks.map((entry) => entry.chunk_id));
  const removed = previous.chunks
    .map(({ chunk_id, content_hash }, chunk_index) => ({ chunk_id, chunk_index, content_hash }))
    .filter(({ chunk_id }) => !kept.has(chunk_id));
  const isNewVersion = removed.length > 0 || manifest.chunks.some((entry) => entry.version === version);
  return { chunks, removed, manifest: isNewVersion ? manifest : previous, isNewVersion };
};

const planChunk = (
  chunk: Chunk,
  vector: number[] | undefined,
  before: Before,
  model: string,
  isKnown: boolean,
): PlannedChunk => {
  const graph = sideChange(before.graph.get(chunk.chunk_id), chunk);
  const vectors = pointChange(before.vectors.get(chunk.chunk_id), chunk, model, vector);
  const keepsVector = vector !== undefined && vectors === 'put';
  const sides = { graph: keepsVector ? ('put' as const) : graph, vectors };
  const isTouched = sides.graph !== 'none' || sides.vectors !== 'none';
  const change = isKnown ? (isTouched ? 'updated' : 'unchanged') : 'created';
  return { chunk, ...(vector ? { vector } : {}), change, sides };
};

/** What a point needs to be this chunk with a vector made from its text, by the project's model or the caller's own. */
export const pointChange = (
  point: StoredChunk | undefined,
  chunk: Chunk,
  model: string,
  wanted?: number[],
): SideChange =>
  point !== undefined && hasRightVector(point, chunk.content_hash, wanted, model)
    ? sideChange(point, chunk)
    : 'put';

const sideChange = (stored: StoredChunk | undefined, chunk: Chunk): SideChange => {
  if (stored === undefined || trueHash(stored) !== chunk.content_hash) return 'put';
  return PLACE.every((property) => stored[property] === chunk[property]) ? 'none' : 'place';
};
const PLACE = ['content_hash', 'file_path', 'chunk_index', 'start_line', 'end_line', 'version'] as const;

/** A vector made from this very text, by the project's model or by the caller, and the caller's own if one came. */
const hasRightVector = (
  point: StoredChunk,
  hash: string,
  wanted: number[] | undefined,
  model: string,
): boolean => {
  if (point.embedded_hash !== hash || !point.vector?.some((x) => x !== 0)) return false;
  if (wanted !== undefined)
    return point.embedding_model === 'caller' && cosine(point.vector, wanted) > 0.9999;
  return point.embedding_model === model || point.embedding_model === 'caller';
};

/** Cosine of two vectors; 0 if they differ in length or one is zero. */
export const cosine = (a: readonly number[], b: readonly number[]): number => {
  if (a.length !== b.length) return 0;
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] ?? 0, b[i] ?? 0];
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa === 0 || bb === 0 ? 0 : dot / Math.sqrt(aa * bb);
};

/** Vectors that already exist for a text, by its hash: made by the project's model from that very text. */
export const reusableEmbeddings = (points: Iterable<StoredChunk>, model: string): Map<string, Embedding> => {
  const found = new Map<string, Embedding>();
  for (const { embedded_hash, embedding_model, vector } of points)
    if (embedded_hash !== null && embedding_model === model && vector?.some((x) => x !== 0))
      found.set(embedded_hash, { vector, embedding_model, embedded_hash });
  return found;
};

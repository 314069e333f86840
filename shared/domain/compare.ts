import { type ChunkId, type StoredChunk, trueHash } from './chunk.ts';
import { agreement, isUsable, type Look, standing } from './look.ts';
import type { Depth } from './scan.ts';

/** An id at which the two sides do not look alike in a page. Only a look decides whether it is drift. */
export interface Suspect {
  chunk_id: ChunkId;
  on: 'graph' | 'vectors' | 'both';
}

/** The ids, hashes and versions of a side, as columns, ascending. */
export interface Columns {
  ids: ChunkId[];
  hashes: (string | null)[];
  versions: (number | null)[];
}

/** Where one step of a merge-join has come on both sides, and what it saw. */
export interface Step {
  graphAt: number;
  vectorsAt: number;
  distinct: number;
  suspects: Suspect[];
}

/**
 * Joins two ascending columns of ids from the given places until one of them ends. `isAlike(i, j)` compares what
 * stands beside an id that both hold. With `ended`, a side has nothing after its column, so the other runs out too.
 */
export const mergeJoin = (
  graph: ChunkId[],
  vectors: ChunkId[],
  from: { graphAt: number; vectorsAt: number },
  ended: { graph: boolean; vectors: boolean },
  isAlike: (i: number, j: number) => boolean,
): Step => {
  let { graphAt: i, vectorsAt: j } = from;
  let distinct = 0;
  const suspects: Suspect[] = [];
  while ((i < graph.length || ended.graph) && (j < vectors.length || ended.vectors)) {
    const [g, v] = [graph[i], vectors[j]];
    if (g === undefined && v === undefined) break;
    distinct++;
    if (v === undefined || (g !== undefined && g < v)) {
      suspects.push({ chunk_id: g as ChunkId, on: 'graph' });
      i++;
    } else if (g === undefined || v < g) {
      suspects.push({ chunk_id: v, on: 'vectors' });
      j++;
    } else {
      if (!isAlike(i, j)) suspects.push({ chunk_id: g, on: 'both' });
      i++;
      j++;
    }
  }
  return { graphAt: i, vectorsAt: j, distinct, suspects };
};

/**
 * Stored hashes and versions agree: cheap, and proof only that the writer agreed with itself. Where neither side has a
 * hash, others have written both: nothing speaks against them but their texts, which a deeper scan compares.
 */
export const areColumnsAlike = (graph: Columns, vectors: Columns, i: number, j: number): boolean =>
  areFingerprintsAlike(
    { content_hash: graph.hashes[i] ?? null, version: graph.versions[i] ?? null },
    { content_hash: vectors.hashes[j] ?? null, version: vectors.versions[j] ?? null },
  );

type Fingerprint = Pick<StoredChunk, 'content_hash' | 'version'>;
const areFingerprintsAlike = (graph: Fingerprint, vectors: Fingerprint): boolean =>
  graph.content_hash === vectors.content_hash && graph.version === vectors.version;

/**
 * The texts themselves agree, with each other and with the hashes beside them, and the vector is of this text: where one of
 * ours wrote the node, the point must say so, since others may have put it anew with a vector of their own.
 */
export const areCopiesAlike = (graph: StoredChunk, vectors: StoredChunk): boolean =>
  areUsable(graph, vectors) &&
  agreement(graph, vectors) === 'same' &&
  (isWritten(graph) || isWritten(vectors) ? areSaidAlike(graph, vectors) : true) &&
  (vectors.embedded_hash === null
    ? vectors.write_id === null && !isWritten(graph)
    : vectors.embedded_hash === (vectors.content_hash ?? trueHash(vectors)));

/** As `isUsable` of both copies of one id, without looking twice at what they hold alike. */
const areUsable = (graph: StoredChunk, vectors: StoredChunk): boolean =>
  isUsable(graph) &&
  ((graph.content === vectors.content && graph.file_path === vectors.file_path) || isUsable(vectors));

/** Whether a write of ours put this copy there, and with it everything that we say of a chunk. */
export const isWritten = ({ write_id, version }: StoredChunk): boolean =>
  write_id !== null && version !== null && version > 0;

/** What a write put on both sides and one has lost since is a difference, unlike what others never had. */
const areSaidAlike = (graph: StoredChunk, vectors: StoredChunk) =>
  graph.content_hash === vectors.content_hash &&
  graph.file_path === vectors.file_path &&
  graph.chunk_index === vectors.chunk_index &&
  graph.start_line === vectors.start_line &&
  graph.end_line === vectors.end_line &&
  graph.version === vectors.version;

/** What a walk of both sides finds by itself; the rest only a manifest can show. */
export const doSidesDiffer = ({ graph, vectors }: Pick<Look, 'graph' | 'vectors'>): boolean =>
  graph && vectors ? !areCopiesAlike(graph, vectors) : graph !== vectors;

/**
 * The least depth whose every scan sees this difference, whatever its samples fall on: what a shallower one has not
 * found may stand all the same.
 */
export const depthThatSees = ({ intent, graph, vectors, vector_disagrees }: Look): Depth => {
  if (vector_disagrees) return 'vectors';
  if (graph === undefined && vectors === undefined) return 'content';
  if (!graph || !vectors || !areFingerprintsAlike(graph, vectors)) return 'fingerprints';
  const isMeant =
    intent.state === 'unknown' ||
    (intent.state === 'present' && [graph, vectors].every((stored) => standing(stored, intent) === 'same'));
  return isMeant && areCopiesAlike(graph, vectors) ? 'vectors' : 'content';
};

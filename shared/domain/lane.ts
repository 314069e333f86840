import { createHash } from 'node:crypto';
import type { ChunkId } from './chunk.ts';
import type { KeptList } from './ending.ts';
import type { DriftItem } from './project.ts';
import type { Action } from './verdict.ts';

/** A chunk that a run is for, and the document that it was found in. */
export interface RunChunk {
  chunk_id: ChunkId;
  file_path: string | null;
  /** Its vector was found not to be of its text, which only embedding again can show. */
  embed_again?: boolean;
  /** What the plan was to do about it, where a person has approved that. */
  action?: Action | 'skip';
  /** What its drift item said, so that the item can be ended without another look at it. */
  seen?: Seen;
}
export type Seen = Pick<DriftItem, 'type' | 'cause' | 'scan_id' | 'depth' | 'first_seen' | 'last_seen'>;
export const seenOf = ({ type, cause, scan_id, depth, first_seen, last_seen }: DriftItem): Seen => ({
  ...{ type, cause, scan_id, depth, first_seen, last_seen },
});

/** Chunks of one document that are repaired as one operation. */
export const BATCH = 100;
/** Chunks that the bulk lane reads, judges and records together: the stop switches are asked before each such group. */
export const GROUP = 500;
/** What became of a group is told while the next is repaired: a worker that dies leaves so many of which nothing is told. */
export const UNTOLD = 2;

/** An approved run of so many chunks has a lane of its own. */
const BULK_FROM = 1_000;
const SHARE_CHUNKS = 50_000;
const SHARES_MOST = 256;
/** So many take from the queue of repairs at once. */
export const REPAIRERS = 2;

/**
 * Into how many shares a run of so many chunks is cut. 0: it goes the normal lane. Each share waits out a grace period of its
 * own, so that they are few, and about as many for each worker, so that none works alone at the end for long.
 */
export const sharesFor = (chunks: number): number =>
  chunks < BULK_FROM ? 0 : Math.min(SHARES_MOST, REPAIRERS * Math.ceil(chunks / (REPAIRERS * SHARE_CHUNKS)));

/**
 * A document is of one share: ids are in no order of documents, and a document reserved once is repaired at once. Chunks
 * of which nobody knows the document are spread, so that no share is larger than others.
 */
export const shareOf = ({ file_path, chunk_id }: RunChunk, shares: number): number =>
  createHash('sha256')
    .update(file_path ?? chunk_id)
    .digest()
    .readUInt32BE(0) % shares;

/** In an order that depends on nothing but the chunks, so that a count of them is a place among them. */
export const inDocuments = (chunks: RunChunk[]): RunChunk[] =>
  [...chunks].sort(
    (a, b) => compared(a.file_path ?? '', b.file_path ?? '') || compared(a.chunk_id, b.chunk_id),
  );

const compared = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

export const cut = <Item>(items: Item[], size: number): Item[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));

/** `shares` 0: it is not cut. */
export const emptyList = (list_id: string, shares: number): KeptList => ({
  list_id,
  isShared: shares > 0,
  parts: Array(Math.max(1, shares)).fill(0),
  counts: Array(Math.max(1, shares)).fill(0),
});

export const countIn = ({ counts }: KeptList): number => counts.reduce((sum, count) => sum + count, 0);

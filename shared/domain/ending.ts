import type { ChunkId } from './chunk.ts';
import type { Action } from './verdict.ts';

/** What repairs come to, added up item by item in order of id, so that whoever adds the next ones needs no other item. */
export interface RepairPlan {
  /** Of every chunk with its verdict and evidence, and of the digest of those before it. */
  digest: string;
  verdicts: Partial<Record<Action | 'skip', number>>;
  embedding_tokens: number;
  unseen: Unseen;
}

/** Chunks that nobody has looked at, and some of them, whichever come first: ids are in no order of size. */
export interface Unseen {
  count: number;
  sample: ChunkId[];
}

/** A list of chunks as far as it is kept: how many parts and chunks there are of each of its shares, or of all of it. */
export interface KeptList {
  list_id: string;
  isShared: boolean;
  parts: number[];
  counts: number[];
}

/**
 * How far all that stands has been listed after a scan's end, and what for. `cursor`: behind which it goes on; what comes
 * before it is kept in `list` and added up in `plan`.
 */
export interface Listing {
  purpose: 'approval' | 'release' | 'none';
  status: 'listing' | 'listed';
  cursor?: string;
  plan: RepairPlan;
  list: KeptList;
}

/** What follows from a scan's end, where it takes so long that it is kept how far it has come. */
export interface Ending {
  /** Who is at it, under which fence, and when they count as dead. */
  owner: string;
  fence: number;
  until: string;
  listing: Listing;
}

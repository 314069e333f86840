import type { ChunkId } from './chunk.ts';

/** What a document's newest committed write says one chunk is. */
export interface ManifestEntry {
  chunk_id: ChunkId;
  content_hash: string;
  start_line: number;
  end_line: number;
  /** The document version at which this chunk last changed. */
  version: number;
}

/** The committed chunks of a document in order of index, and every id it once had and no longer has. */
export interface Manifest {
  version: number;
  chunks: ManifestEntry[];
  removed: ChunkId[];
}
export const EMPTY_MANIFEST: Manifest = { version: 0, chunks: [], removed: [] };

export type OperationKind = 'write' | 'removal' | 'repair' | 'restore';
export type Decision = 'commit' | 'abort';

/** An operation that has reserved a document. `version` is its own: the head at which it was reserved. */
export interface OpenOperation {
  op_id: string;
  kind: OperationKind;
  correlation_id: string;
  version: number;
  started_at: string;
  deadline: string;
  /** Decided once, by whoever comes first: the writer, or settle after its death. */
  decision?: Decision;
}

/**
 * The state of a document. `head` grows with every operation that reserves the document; `committed` is the version
 * of its newest committed write, the one on the wire. A document that was never reserved has no head item: see `unborn`.
 */
export interface Head {
  project: string;
  file_path: string;
  head: number;
  committed: number;
  state: 'absent' | 'present' | 'deleted';
  chunk_count: number;
  committed_at?: string;
  closed_at?: string;
  open?: OpenOperation;
}

export const unborn = (project: string, file_path: string): Head => ({
  project,
  file_path,
  head: 0,
  committed: 0,
  state: 'absent',
  chunk_count: 0,
});

export const isAlive = (open: OpenOperation | undefined, now: number): boolean =>
  open !== undefined && Date.parse(open.deadline) > now;

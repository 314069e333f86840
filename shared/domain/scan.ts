import type { ChunkId, IdRange, Side } from './chunk.ts';
import type { DriftType } from './drift.ts';
import type { Ending } from './ending.ts';
import type { Action } from './verdict.ts';

/** How deep a scan looks; each depth includes those before it (DESIGN §5). */
export const DEPTHS = ['counts', 'fingerprints', 'content', 'vectors'] as const;
export type Depth = (typeof DEPTHS)[number];
export const isAsDeepAs = (depth: Depth, other: Depth): boolean =>
  DEPTHS.indexOf(depth) >= DEPTHS.indexOf(other);
export const deeperOf = (depth: Depth, other: Depth): Depth => (isAsDeepAs(depth, other) ? depth : other);

export type ScanStatus =
  | 'running'
  | 'paused'
  | 'completed'
  | 'detection_failed'
  | 'needs_approval'
  | 'cancelled';

export type DriftCounts = Partial<Record<DriftType, number>>;

/** Sums of what a scan or one of its shards has seen. `distinct`: ids found on either side. */
export interface ScanSums {
  compared: number;
  distinct: number;
  graph: number;
  vectors: number;
  drifts: DriftCounts;
  /** Ids listed but not confirmed, because a shard differed in more than a tenth of its ids. */
  suspected: number;
  /** Ids that no look could tell of: each time they were being written, or had changed since. */
  in_flight: number;
  /** The verdicts on the confirmed differences. */
  verdicts: Partial<Record<Action | 'skip', number>>;
  /** How many chunks of each side those verdicts would delete or overwrite. */
  destructive: Record<Side, number>;
}
export const NO_SUMS: ScanSums = {
  compared: 0,
  distinct: 0,
  graph: 0,
  vectors: 0,
  drifts: {},
  suspected: 0,
  in_flight: 0,
  verdicts: {},
  destructive: { graph: 0, vectors: 0 },
};

export interface ScanError {
  side: string;
  kind: string;
  detail: string;
}

/** One comparison of a project. `closed_through`: the newest closed operation when it began. */
export interface Scan {
  project: string;
  scan_id: string;
  correlation_id: string;
  depth: Depth;
  status: ScanStatus;
  identity: string;
  total: number;
  /** What both sides counted when the scan was planned. */
  counts: { graph: number; vectors: number };
  shard_count: number;
  sums: ScanSums;
  /** Which hundredth of the ids a `fingerprints` scan hashes again; advances with each completed scan. */
  sample_slice: number;
  started_at: string;
  deadline: string;
  /** Asked for this scan alone; absent: as the project's settings have it. */
  intensity_percent?: number;
  closed_through?: string;
  /** Up to when the whole scan of this depth before it has proven what was recorded: see `verified.ts`. */
  proven_before?: string;
  completed_at?: string;
  /** When it was last paused, and how long it had been before, in all. */
  paused_at?: string;
  paused_ms?: number;
  drift_percentage: number | null;
  /** All that follows from its end is done. */
  released: boolean;
  /** How far that has come, where it takes long. */
  ending?: Ending;
  error?: ScanError;
}

/**
 * Whether a scan has compared all that its depth compares, on the two stores that are ours. One whose repairs wait for
 * a person has seen as much as one that completed.
 */
export const isWhole = ({ status, drift_percentage, error }: Scan): boolean =>
  status === 'completed' || (status === 'needs_approval' && drift_percentage !== null && !error);

/** What a shard walks: counts per bucket, ids on both sides, or (a share of) the documents' manifests. */
export type ShardTask =
  | { kind: 'counts' }
  | { kind: 'range'; range: IdRange }
  | { kind: 'manifests'; share?: number };

export type ShardStatus = 'walking' | 'confirming' | 'done' | 'failed';

/** How far a shard has come. `cursor`: everything up to and including it has been compared. */
export interface ShardProgress {
  status: ShardStatus;
  cursor?: string;
  pages: number;
  /** At most so many rows a page, since larger ones could not be read in time. */
  page_rows?: number;
  sums: ScanSums;
  /** How many ids have been compared, whether or not another shard of the scan counts them too. */
  walked?: number;
  /** How many ids have been found to differ at a first look. */
  candidates?: number;
  /** The last batch of candidates that `sums` counts as confirmed. */
  confirmed_batch?: string;
  /** Names what a range has tallied of the graph; absent where no single worker has walked all of it. */
  tally?: TallyName;
  /** How far a share of the manifests has been tallied, before those in doubt are walked. */
  tallied?: TalliedManifests;
  error?: ScanError;
}

/**
 * `cursor`: everything up to it is in the tally, and `named` is how many chunks it names. `doubted`: groups of documents
 * that must be looked at whatever the sums say, or, once all is tallied, all that must be looked at.
 */
export type TalliedManifests =
  | { status: 'tallying'; cursor: string; tally: TallyName; named: number; doubted: number[] }
  | { status: 'tallied'; doubted: number[] };

/** Where a tally is kept. Opaque but to the adapter that keeps it. */
export interface TallyName {
  digest: string;
  count: number;
}

export interface Shard {
  project: string;
  scan_id: string;
  shard: number;
  correlation_id: string;
  task: ShardTask;
  progress: ShardProgress;
  failures: number;
}

/** A shard held by one worker. Every write of the worker is conditional on `fence`. */
export interface Lease {
  shard: Shard;
  owner: string;
  fence: number;
  lease_until: string;
}

/** An id that waits for its next look: it differed at the last one, or that one could not tell. */
export interface Candidate {
  chunk_id: ChunkId;
  file_path: string | null;
  /** What was seen, digested; absent: its document was being written. */
  evidence?: string;
  /** How many looks after the first have not settled it. */
  unsettled?: number;
  /** Its vector must be compared with a fresh one again at the second look. */
  embed_again?: boolean;
}

/** The candidates of one page, looked at once at `seen_at`. `batch` names the page: shard, fence, start cursor. */
export interface CandidateBatch {
  batch: string;
  seen_at: string;
  candidates: Candidate[];
}

/** UUID space cut into `count` ranges of equal width. */
export const evenRanges = (count: number): IdRange[] =>
  Array.from({ length: count }, (_, index) => ({
    from: boundary(index, count),
    ...(index + 1 < count ? { to: boundary(index + 1, count) } : {}),
  }));

const boundary = (index: number, count: number): ChunkId => {
  const first = Math.floor((index * 0x1_0000_0000) / count)
    .toString(16)
    .padStart(8, '0');
  return `${first}-0000-0000-0000-000000000000`;
};

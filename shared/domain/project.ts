import { isChunkId } from './chunk.ts';
import type { Cause, DriftType } from './drift.ts';
import type { Reason } from './reason.ts';
import type { Depth } from './scan.ts';
import type { Settings } from './settings.ts';
import type { Action } from './verdict.ts';

/** A registered corpus. `identity` is a random id that Neo4j, Qdrant and State must all carry. */
export interface Project {
  project: string;
  identity: string;
  /** `registering`: State knows it, the sides may not carry its identity yet. */
  status: 'registering' | 'registered';
  registered_at: string;
  /** The configured embedder's when it was registered; the dimension is that of the collection, if there was one. */
  embedding_model: string;
  dimension: number;
  adopted: boolean;
  read_only: boolean;
}

/**
 * What a person must decide before repairs go on: a state of the project, bound to the plan's hash. While scans find the
 * same plan it is the same request, of the newest of them.
 */
export interface Approval {
  approval_id: string;
  scan_id: string;
  /** Where the chunks of the plan are kept. */
  list_id?: string;
  /** How many chunks are in each share of the list, where they are so many that their repair goes the bulk lane. */
  shares?: number[];
  plan_hash: string;
  reason: string;
  since: string;
  verdicts: Partial<Record<Action | 'skip', number>>;
  /** An estimate of what its repairs would have the embedder read; null: nobody could look while it was asked for. */
  embedding_tokens: number | null;
}

export type ApprovalDecision = 'approve' | 'reject';

export type DriftStatus = 'open' | 'waiting' | 'repaired' | 'gone' | 'parked';

/** What still differs, as far as anyone knows: neither read back right, nor gone at a later scan. */
export const STANDING = ['open', 'waiting', 'parked'] as const satisfies DriftStatus[];
export const isStanding = ({ status }: Pick<DriftItem, 'status'>): boolean =>
  (STANDING as readonly DriftStatus[]).includes(status);

/**
 * What a scan may release for repair, by an id that a chunk can have. What is parked stands too, but waits until a
 * person names it.
 */
export const isReleasable = (item: Pick<DriftItem, 'status' | 'chunk_id'>): boolean =>
  isStanding(item) && item.status !== 'parked' && isChunkId(item.chunk_id);

/** A confirmed difference, one item a chunk. `attempts` and `repairs` feed backoff and loop detection. */
export interface DriftItem {
  project: string;
  chunk_id: string;
  type: DriftType;
  cause: Cause;
  file_path: string | null;
  /** The scan that saw it last; null: none has, only the check of recent writes. */
  scan_id: string | null;
  /** Of the scan that saw it, or what it takes to be sure of seeing it: no shallower scan can tell that it is gone. */
  depth: Depth;
  first_seen: string;
  last_seen: string;
  /** When the write was recorded that the chunk is not as; absent where nobody can tell. */
  recorded_at?: string;
  status: DriftStatus;
  evidence: string;
  reason?: Reason;
  action?: Action;
  /** Its vector was found not to be of its text, which only embedding again can show. */
  embed_again?: boolean;
  /** What its repair would have the embedder read, as estimated when it was confirmed. */
  embedding_tokens?: number;
}

/** What has been tried on one chunk: failed attempts in a row, and when completed repairs happened (24 h). */
export interface RepairHistory {
  attempts: number;
  last_attempt_at: string | null;
  repaired_at: string[];
}
/** One operation on one document that tried repairs, by the version it had: what it tried, and what of it was proven. */
export interface Attempt {
  project: string;
  file_path: string;
  version: number;
  at: string;
  tried: string[];
  repaired: string[];
}
export const NO_HISTORY: RepairHistory = { attempts: 0, last_attempt_at: null, repaired_at: [] };

export interface RepairRow {
  chunk_id: string;
  outcome: 'repaired' | 'failed' | 'skipped' | 'rate_limited';
  action?: Action;
  reason?: Reason;
  error?: string;
}

/** One run of repairs: released by a scan, approved by a person, or asked for by name. */
export interface RepairRun {
  project: string;
  repair_id: string;
  correlation_id: string;
  scan_id?: string;
  /** Where the chunks are kept that it is for. */
  list_id?: string;
  /** The bulk lane: how many chunks are in each share, which is walked document by document. */
  shares?: number[];
  /** Named ids skip threshold and release, and may carry a person's authority. */
  named: boolean;
  authority?: 'neo4j' | 'qdrant';
  /** An approved run never exceeds the counts that were approved. */
  approved?: Partial<Record<Action | 'skip', number>>;
  status: 'running' | 'completed';
  accepted: number;
  started_at: string;
  completed_at?: string;
  counts: Record<RepairRow['outcome'], number>;
}

/**
 * A share of a run that one worker walks, under a fence above that of whoever walked it before; `done`: of how many chunks,
 * in the order of `inDocuments`, it is told what became.
 */
export interface ShareLease {
  project: string;
  repair_id: string;
  share: number;
  owner: string;
  fence: number;
  done: number;
  counts: RepairRun['counts'];
}

/** Reasons that time may lift: a later release takes up again what they have held back. */
const PASSING: Reason[] = ['below_threshold', 'backoff', 'breaker_open', 'run_limit', 'daily_limit'];

/** Drift this old is repaired even where there is little of it. */
export const isOld = (
  { first_seen }: Pick<DriftItem, 'first_seen'>,
  settings: Settings,
  now: number,
): boolean => now - Date.parse(first_seen) > settings.repair_after_age_seconds * 1000;

/** Released once by a scan whose run was judged, and held back then. What has never been released waits for its scan. */
export const isHeldBack = (item: DriftItem, settings: Settings, now: number): boolean =>
  item.reason !== undefined && PASSING.includes(item.reason) && isOld(item, settings, now);

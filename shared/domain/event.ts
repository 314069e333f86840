import type { ChunkId } from './chunk.ts';
import type { ManifestEntry } from './document.ts';
import { asKey, canBeKey } from './name.ts';

/** Every event type, each with its place within one operation on a document. Never renamed once written. */
export const EVENT_ORDER = {
  write_started: 10,
  neo4j_written: 20,
  qdrant_written: 30,
  write_completed: 40,
  write_failed: 45,
  rollback_started: 50,
  rollback_completed: 55,
  rollback_failed: 56,
  write_settled: 60,
  repair_started: 10,
  repair_completed: 40,
  repair_failed: 45,
  repair_skipped: 46,
  repair_rate_limited: 47,
  repair_loop_detected: 48,
  chunk_quarantined: 20,
  chunk_restored: 40,
  drift_detected: 70,
  drift_scan_started: 10,
  drift_scan_completed: 90,
  detection_failed: 91,
  scan_paused: 80,
  scan_resumed: 81,
  scan_cancelled: 92,
  approval_requested: 93,
  approval_given: 94,
  circuit_opened: 10,
  circuit_half_open: 20,
  circuit_closed: 30,
  breaker_overridden: 40,
  project_registered: 10,
  settings_changed: 20,
} as const;
export type EventType = keyof typeof EVENT_ORDER;
export const EVENT_TYPES = Object.keys(EVENT_ORDER) as EventType[];

/** What `GET …/failures` lists: the seed's two, and every other end that a person should look at. */
export const FAILURE_TYPES: readonly EventType[] = [
  'write_failed',
  'rollback_started',
  'rollback_failed',
  'detection_failed',
  'repair_failed',
  'repair_loop_detected',
  'circuit_opened',
];

/** The full content of a document as one operation means to leave it: the payload that `state as of` folds. */
export interface EventManifest {
  chunks: ManifestEntry[];
  removed: ChunkId[];
}

/**
 * An immutable fact. `stream` and `position` are its identity: appending twice to one position stores one event.
 * `status` is the operation's state after it; `metadata` holds small facts and never chunk text.
 */
export interface SyncEvent {
  event_id: string;
  event_type: EventType;
  timestamp: string;
  project: string;
  correlation_id: string;
  causation_id?: string;
  neo4j_id?: ChunkId;
  qdrant_id?: ChunkId;
  file_path?: string;
  chunk_index?: number;
  /** The document version (head) of the operation it belongs to. */
  version?: number;
  status?: string;
  error?: string;
  metadata?: Record<string, unknown>;
  duration_ms?: number;
  manifest?: EventManifest;
  idempotency_key: string;
  schema_version: 1;
  stream: string;
  position: string;
}

const DIGITS = 12;
/** Versions and epochs as strings that sort as numbers do. */
export const padded = (n: number): string => String(n).padStart(DIGITS, '0');
/** No document comes as far in its life; one that seems to be further still leaves room for all its versions. */
export const VERSION_MAX = 10 ** (DIGITS - 1);

/** No document has a path that can be no key: what is told of one goes apart. */
export const documentStream = (project: string, file_path: string): string =>
  `${project}#${canBeKey(file_path) ? 'doc' : 'no-doc'}#${asKey(file_path)}`;
export const scanStream = (project: string, scan_id: string): string => `${project}#scan#${scan_id}`;
export const breakerStream = (project: string, dependency: string): string =>
  `${project}#breaker#${dependency}`;
export const projectStream = (project: string): string => `${project}#project`;

export const documentPosition = (version: number, type: EventType, detail = ''): string =>
  [padded(version), EVENT_ORDER[type], type, detail].filter((part) => part !== '').join('#');

/** What two appends to one position must share to be the same event: all but when, how long and which copy. */
export const sameFact = (event: SyncEvent): Omit<SyncEvent, 'event_id' | 'timestamp' | 'duration_ms'> => {
  const { event_id: _id, timestamp: _timestamp, duration_ms: _duration, ...fact } = event;
  return fact;
};

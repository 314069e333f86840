import { createHash } from 'node:crypto';
import { FAILURE_TYPES, type SyncEvent } from '../domain/event.ts';
import { lifeOf } from '../domain/retention.ts';
import { packManifest, unpackManifest } from './manifest-codec.ts';

/**
 * The indexes of the Events table. Each key is spread over `shards` partitions, since one takes 1,000 writes a second.
 * There is no hour or month in the keys: it would not spread writes (all of now go to the current hour), and a reader
 * would have to ask every hour of its window. So a window of any length costs one query a shard plus what it holds.
 */
export const EVENT_INDEXES = {
  byCorrelation: { name: 'byCorrelation', partition: 'correlation_key', shards: 4 },
  byProject: { name: 'byProject', partition: 'project_key', shards: 8 },
  failures: { name: 'failures', partition: 'failure_key', shards: 4 },
} as const;
export type EventIndex = (typeof EVENT_INDEXES)[keyof typeof EVENT_INDEXES];
export const shardKey = (value: string, shard: number): string => `${value}#${shard}`;

/** An event as the table holds it. The indexes hold all but `manifest` and `parts`. */
export interface EventItem {
  /** The stream. */
  pk: string;
  /** The position. */
  sk: string;
  event: Omit<SyncEvent, 'manifest' | 'stream' | 'position'>;
  manifest?: Uint8Array;
  /** Where the manifest is if it is too big to sit here. */
  parts?: { digest: string; count: number };
  time_key: string;
  correlation_key: string;
  project_key: string;
  failure_key?: string;
  /** Put back from the archive, which therefore has it. */
  restored_at?: string;
  /** Epoch seconds. */
  expires_at: number;
}

export interface PartItem {
  pk: string;
  sk: string;
  bytes: Uint8Array;
  expires_at: number;
}

const DAY_SECONDS = 86_400;

/** An item holds 400 KB; the rest is for the event itself, its keys and the names of attributes. */
const MANIFEST_BYTES_MAX = 350 * 1024;

/** When an event goes, by what its project keeps events for, in epoch seconds. */
export const expiryOf = ({ timestamp }: SyncEvent, retentionDays: number): number =>
  Math.floor((Date.parse(timestamp) + lifeOf(retentionDays)) / 1000);

/** The item of an event, and the parts of its manifest that must be stored before it. */
export const itemOf = (event: SyncEvent, expires_at: number): { item: EventItem; parts: PartItem[] } => {
  const { manifest, stream, position, ...rest } = event;
  const item = {
    pk: stream,
    sk: position,
    event: wellFormed(rest),
    ...indexKeys(event),
    expires_at,
  };
  if (!manifest) return { item, parts: [] };
  const bytes = packManifest(manifest);
  return bytes.length <= MANIFEST_BYTES_MAX
    ? { item: { ...item, manifest: bytes }, parts: [] }
    : inParts(item, bytes);
};

export const eventOf = ({ pk, sk, event, manifest }: EventItem): SyncEvent => ({
  ...event,
  stream: pk,
  position: sk,
  ...(manifest && { manifest: unpackManifest(manifest) }),
});

/** An event as it reads once it was stored, which is what a repeated append is compared in. */
export const asStored = ({ manifest, ...event }: SyncEvent): SyncEvent => ({
  ...wellFormed(event),
  ...(manifest && { manifest: unpackManifest(packManifest(manifest)) }),
});

/**
 * The event as JSON would carry it: what is `undefined` is gone. Half a surrogate pair, as a cut-off error text may
 * end in, has no form in UTF-8, which DynamoDB keeps: what comes back would look like another fact than what went.
 */
const wellFormed = <T>(value: T): T =>
  JSON.parse(JSON.stringify(value, (_, one) => (typeof one === 'string' ? one.toWellFormed() : one)));

const POSITION_IN_TIME_KEY_MAX = 200;

/**
 * Events of one millisecond are in order of position, so that the phases of an operation keep theirs; the digest makes
 * the key unique, so that one time key is the place of a whole listing.
 */
const indexKeys = (event: SyncEvent) => {
  const digest = digestOf(`${event.stream}\n${event.position}`);
  const shardOf = (shards: number) => Number.parseInt(digest.slice(0, 8), 16) % shards;
  const keyOf = (index: EventIndex, value: string) => shardKey(value, shardOf(index.shards));
  const position = event.position.slice(0, POSITION_IN_TIME_KEY_MAX).toWellFormed();
  return {
    time_key: `${event.timestamp}#${position}#${digest.slice(0, 16)}`,
    correlation_key: keyOf(EVENT_INDEXES.byCorrelation, event.correlation_id),
    project_key: keyOf(EVENT_INDEXES.byProject, event.project),
    ...(FAILURE_TYPES.includes(event.event_type) && {
      failure_key: keyOf(EVENT_INDEXES.failures, event.project),
    }),
  };
};

const inParts = (item: EventItem, bytes: Uint8Array) => {
  const count = Math.ceil(bytes.length / MANIFEST_BYTES_MAX);
  const whole: EventItem = { ...item, parts: { digest: digestOf(bytes), count } };
  const parts = partKeys(whole).map((key, i) => ({
    ...key,
    bytes: bytes.subarray(i * MANIFEST_BYTES_MAX, (i + 1) * MANIFEST_BYTES_MAX),
    // Of two appends of one event, the one refused may have stored the parts last, with an earlier expiry.
    expires_at: item.expires_at + DAY_SECONDS,
  }));
  return { item: whole, parts };
};

/**
 * Parts are in a partition of their own (no project has a colon in its name), so that no reader meets them by chance,
 * and are named by what they hold, so that an append which is then refused can't overwrite the stored event's.
 */
export const partKeys = ({ pk, sk, parts }: EventItem): { pk: string; sk: string }[] =>
  Array.from({ length: parts?.count ?? 0 }, (_, i) => ({
    pk: `${PARTS}${pk}`,
    sk: `${sk}#${parts?.digest}#${String(i).padStart(4, '0')}`,
  }));

const PARTS = 'parts:';
export const isPart = ({ pk }: { pk: string }): boolean => pk.startsWith(PARTS);

const digestOf = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex').slice(0, 32);

// What Lockstep costs: quantities, measured (`measured.json`), times prices. Pure; `npm run costs` prints it. Not in
// it: Neo4j, Qdrant, the embedding model, traffic between regions or out of AWS, a NAT gateway, and the archive in S3.

import type { Source } from './alarm-row.ts';
import { ALARMS } from './alarm-rows.ts';
import { PRICES } from './prices.ts';
import { type WalkedDepth as Depth, FULL_PACE, pacedSeconds, type ScanPace } from './scan-pace.ts';
import { MESSENGERS, rowsOf, TOPOLOGY } from './topology.ts';

export type Meter = keyof typeof PRICES;
export type Quantities = Partial<Record<Meter, number>>;
const METERS = Object.keys(PRICES) as Meter[];

export const times = (of: Quantities, n: number): Quantities =>
  Object.fromEntries(Object.entries(of).map(([meter, quantity]) => [meter, quantity * n]));

export const sum = (...all: Quantities[]): Quantities => {
  const total: Quantities = {};
  for (const of of all)
    for (const [meter, quantity] of Object.entries(of) as [Meter, number][])
      total[meter] = (total[meter] ?? 0) + quantity;
  return total;
};

export type { Depth };
export interface Line {
  meter: Meter;
  quantity: number;
  dollars: number;
}

/** One line a meter that was used, the dearest first. */
export const billOf = (of: Quantities): Line[] =>
  METERS.flatMap((meter): Line[] => {
    const quantity = of[meter] ?? 0;
    return quantity > 0
      ? [{ meter, quantity, dollars: (quantity * PRICES[meter].dollars) / PRICES[meter].per }]
      : [];
  }).sort((a, b) => b.dollars - a.dollars);

export const dollarsOf = (of: Quantities): number =>
  billOf(of).reduce((total, { dollars }) => total + dollars, 0);

/** What was measured of this build: the quantities of each activity, once. */
export interface Measured {
  measured_on: string;
  machine: string;
  chunks_per_document: number;
  chunks_per_shard: number;
  shards_max: number;
  manifest_shares: number;
  /** Chunks up to which the manifests are one shard. */
  manifests_in_one_shard: number;
  rows_per_page: Record<Depth, number>;
  activities: Record<Activity, Quantities>;
}
export type Activity =
  /** A document written anew, one with a changed chunk, one that is as it was, and its removal. */
  | 'create'
  | 'change'
  | 'rewrite'
  | 'remove'
  /** What was written, compared again seconds later: a document, by itself in its batch. */
  | 'check'
  /** A scan beside its shards, a shard beside its pages, a page, and what each chunk takes a worker. */
  | 'scan'
  | 'shard'
  | 'page'
  | 'walked_document'
  | `chunk_${Depth}`
  /** A difference found and confirmed, and one repaired, each in a document of its own. */
  | 'drift'
  | 'repair'
  /** Each minute: of one project, and of all. */
  | 'tick'
  | 'settle'
  /** What one chunk and one written document keep, for a month. */
  | 'kept_chunk'
  | 'kept_write';

/** Without a `pace` as at full intensity; with one, workers are paid for as long as they may pause. */
export const scanOf = (
  measured: Measured,
  chunks: number,
  depth: Depth,
  pace: ScanPace = FULL_PACE,
): Quantities => {
  const { activities: one, chunks_per_shard, shards_max, rows_per_page } = measured;
  const ranges = Math.max(1, Math.min(shards_max, Math.ceil(chunks / chunks_per_shard)));
  const isWalkingManifests = depth !== 'fingerprints';
  const isInOne = chunks <= measured.manifests_in_one_shard;
  const shares = isWalkingManifests ? (isInOne ? 1 : measured.manifest_shares) : 0;
  const documents = isWalkingManifests ? chunks / measured.chunks_per_document : 0;
  return sum(
    one.scan,
    times(one.shard, ranges + shares),
    times(one.page, Math.ceil(chunks / rows_per_page[depth])),
    pausing(times(one[`chunk_${depth}`], chunks), measured, { chunks, depth, pace }),
    times(one.walked_document, documents),
  );
};

/** What fits into one page is read at once. The function has a gigabyte, so that its seconds are its GB-seconds. */
const pausing = (
  of: Quantities,
  { rows_per_page }: Measured,
  { chunks, depth, pace }: { chunks: number; depth: Depth; pace: ScanPace },
): Quantities => {
  const { lambda_gb_seconds: seconds } = of;
  if (seconds === undefined || chunks <= rows_per_page[depth]) return of;
  return { ...of, lambda_gb_seconds: pacedSeconds(seconds, chunks, depth, pace) };
};

/** Chunks written anew, in documents of the measured size. */
export const writesOf = ({ activities, chunks_per_document }: Measured, chunks: number): Quantities =>
  times(sum(activities.create, activities.check), chunks / chunks_per_document);

export interface Corpus extends ScanPace {
  chunks: number;
  /** Documents in which a chunk changes, a month. */
  changed_documents: number;
  /** Chunks that drift and are repaired, a month. */
  drifts: number;
  retention_months: number;
}

const MINUTES = 43_800;
const DAYS = 30.4;

export const monthOf = (measured: Measured, corpus: Corpus): Quantities => {
  const { activities: one } = measured;
  const { chunks, changed_documents, drifts, check_interval_seconds, retention_months } = corpus;
  return sum(
    STANDING,
    times(sum(one.tick, one.settle), MINUTES),
    times(scanOf(measured, chunks, 'fingerprints', corpus), (MINUTES * 60) / check_interval_seconds),
    times(scanOf(measured, chunks, 'content', corpus), DAYS),
    times(scanOf(measured, chunks, 'vectors', corpus), DAYS / 7),
    times(sum(one.change, one.check), changed_documents),
    times(sum(one.drift, one.repair), drifts),
    times(one.kept_chunk, chunks),
    times(one.kept_write, changed_documents * retention_months),
  );
};

/** Each set of dimensions is a metric on the bill: a test holds the functions to these. */
export const METRICS_OF_A_PROJECT = 8;
export const METRICS_OF_ALL = 24;
const QUEUES = rowsOf(TOPOLOGY, 'queue').length;
/** Lambda asks each queue with five pollers, which wait 20 s for a message. */
const POLLS = 5 * 3 * MINUTES;

const EACH: Partial<Record<Source['of'], number>> = {
  'each function': TOPOLOGY.length,
  'each dead-letter queue': TOPOLOGY.length,
  'each messenger': MESSENGERS.length,
  'each rule': rowsOf(TOPOLOGY, 'queue').length,
};
/** The one beside the rows tells of a deployment. */
export const ALARMS_OF_ONE_PROJECT = ALARMS.reduce((count, { source }) => count + (EACH[source.of] ?? 1), 1);

/** What a deployment of one project costs while nothing happens, beside its ticks. */
export const STANDING: Quantities = {
  metrics: METRICS_OF_A_PROJECT + METRICS_OF_ALL,
  alarms: ALARMS_OF_ONE_PROJECT,
  composite_alarms: 1,
  dashboards: 1,
  secrets: 3,
  queue_requests: QUEUES * POLLS,
};

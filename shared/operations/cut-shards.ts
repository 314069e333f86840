import { ALL_IDS, type IdRange } from '../domain/chunk.ts';
import { evenRanges, NO_SUMS, type Scan, type Shard, type ShardTask } from '../domain/scan.ts';
import { MANIFEST_SHARES } from '../domain/tally.ts';
import { byUrgency, type Trace } from '../domain/urgency.ts';
import { tracesOf } from './shard-traces.ts';
import type { World } from './world.ts';

export const SHARD_ROWS = 100_000;
export const MOST_SHARDS = 64;
export const MANIFESTS_IN_ONE_SHARD = 50_000;

/** What a scan of this depth has to walk, cut so that a worker can do a part well within its time. */
export const shardsOf = async (world: World, scan: Scan): Promise<Shard[]> => {
  const tasks = scan.depth === 'counts' ? [{ kind: 'counts' as const }] : await walks(world, scan);
  return tasks.map((task, shard) => ({
    project: scan.project,
    scan_id: scan.scan_id,
    shard,
    correlation_id: scan.correlation_id,
    task,
    progress: { status: 'walking', pages: 0, sums: NO_SUMS },
    failures: 0,
  }));
};

/** The most urgent first: shards are numbered, rung and rung again in this order. */
const walks = async (world: World, scan: Scan): Promise<ShardTask[]> => {
  const { ranges, traces } = await cutRanges(world, scan);
  const tasks = ranges.map((range): ShardTask => ({ kind: 'range', range }));
  if (scan.depth !== 'fingerprints') tasks.push(...manifestTasks(scan));
  return byUrgency(tasks, traces);
};

const manifestTasks = ({ total }: Scan): ShardTask[] =>
  total <= MANIFESTS_IN_ONE_SHARD
    ? [{ kind: 'manifests' }]
    : Array.from({ length: MANIFEST_SHARES }, (_, share) => ({ kind: 'manifests', share }));

/**
 * Ranges of about equal numbers of ids, cut at first bytes, from the counts of the side that holds more. Where others
 * have written a part of it, which is in no bucket, ranges of equal width: ids that nobody has chosen are spread evenly.
 */
const cutRanges = async (world: World, scan: Scan): Promise<{ ranges: IdRange[]; traces: Trace[] }> => {
  const wanted = Math.min(MOST_SHARDS, Math.ceil(scan.total / SHARD_ROWS));
  if (wanted <= 1) return { ranges: [ALL_IDS], traces: [] };
  const { graph, vectors } = world;
  const [larger, smaller] = scan.counts.graph >= scan.counts.vectors ? [graph, vectors] : [vectors, graph];
  const [buckets, others] = await Promise.all([
    larger.countByBucket(scan.project),
    smaller.countByBucket(scan.project),
  ]);
  const isPartial = buckets.reduce((sum, count) => sum + count, 0) < scan.total * LEAST_IN_BUCKETS;
  if (isPartial) return { ranges: evenRanges(wanted), traces: [] };
  const ranges = rangesOf(buckets, wanted);
  const counted = { side: larger.side, buckets, others };
  return { ranges, traces: await tracesOf(world, scan, ranges, counted) };
};
/** Writes go on while it is counted, so that the two counts never agree to the last chunk. */
const LEAST_IN_BUCKETS = 0.9;

const rangesOf = (buckets: number[], wanted: number): IdRange[] => {
  const each = buckets.reduce((sum, count) => sum + count, 0) / wanted;
  const starts = [0];
  let held = 0;
  buckets.forEach((count, bucket) => {
    if (held >= each * starts.length && bucket > 0 && starts.length < wanted) starts.push(bucket);
    held += count;
  });
  return starts.map((bucket, index) => {
    const next = starts[index + 1];
    return { from: firstId(bucket), ...(next === undefined ? {} : { to: firstId(next) }) };
  });
};

const firstId = (bucket: number) =>
  `${bucket.toString(16).padStart(2, '0')}000000-0000-0000-0000-000000000000`;

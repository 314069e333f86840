import { ALL_IDS, type IdRange } from '../domain/chunk.ts';
import { NO_SUMS, type Scan, type Shard, type ShardTask } from '../domain/scan.ts';
import { MANIFEST_SHARES } from '../ports.ts';
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

const walks = async (world: World, scan: Scan): Promise<ShardTask[]> => {
  const ranges = (await cutRanges(world, scan)).map((range): ShardTask => ({ kind: 'range', range }));
  if (scan.depth === 'fingerprints') return ranges;
  return [...ranges, ...manifestTasks(scan)];
};

const manifestTasks = ({ total }: Scan): ShardTask[] =>
  total <= MANIFESTS_IN_ONE_SHARD
    ? [{ kind: 'manifests' }]
    : Array.from({ length: MANIFEST_SHARES }, (_, share) => ({ kind: 'manifests', share }));

/** Ranges of about equal numbers of ids, cut at first bytes, from the counts of the side that holds more. */
const cutRanges = async (world: World, scan: Scan): Promise<IdRange[]> => {
  const wanted = Math.min(MOST_SHARDS, Math.ceil(scan.total / SHARD_ROWS));
  if (wanted <= 1) return [ALL_IDS];
  const side = scan.counts.graph >= scan.counts.vectors ? world.graph : world.vectors;
  return rangesOf(await side.countByBucket(scan.project), wanted);
};

const rangesOf = (buckets: number[], wanted: number): IdRange[] => {
  const each = buckets.reduce((sum, count) => sum + count, 0) / wanted;
  const starts = [0];
  let held = 0;
  buckets.forEach((count, bucket) => {
    if (held >= each * starts.length && bucket > 0) starts.push(bucket);
    held += count;
  });
  return starts.map((bucket, index) => {
    const next = starts[index + 1];
    return { from: firstId(bucket), ...(next === undefined ? {} : { to: firstId(next) }) };
  });
};

const firstId = (bucket: number) =>
  `${bucket.toString(16).padStart(2, '0')}000000-0000-0000-0000-000000000000`;

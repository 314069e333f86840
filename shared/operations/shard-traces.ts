import type { IdRange, Side } from '../domain/chunk.ts';
import type { Scan, Shard } from '../domain/scan.ts';
import { driftedIn } from '../domain/sums.ts';
import type { Trace } from '../domain/urgency.ts';
import type { World } from './world.ts';

/** Exact counts by first byte of the ids: of a side, and of the other one. */
export interface Counted {
  side: Side;
  buckets: number[];
  others: number[];
}

/** What a scan can know of its ranges before they are walked: how the sides count them, and what the last scan met there. */
export const tracesOf = async (
  world: Pick<World, 'scans'>,
  { project }: Scan,
  ranges: IdRange[],
  counted: Counted,
): Promise<Trace[]> => {
  const gapOf = (range: IdRange): Trace => ({
    task: { kind: 'range', range },
    differing: Math.abs(countIn(counted.buckets, range) - countIn(counted.others, range)),
    written: 0,
  });
  const last = await lastShards(world, project);
  return [...ranges.map(gapOf), ...last.map((shard) => traceOf(shard, counted))];
};

const lastShards = async ({ scans }: Pick<World, 'scans'>, project: string): Promise<Shard[]> => {
  const walked = (await scans.newestWhole(project)).filter(({ depth }) => depth !== 'counts');
  const last = walked.toSorted((a, b) => (a.started_at < b.started_at ? 1 : -1))[0];
  return last ? await scans.shards(project, last.scan_id) : [];
};

const traceOf = ({ task, progress: { sums } }: Shard, { side, buckets }: Counted): Trace => {
  const grown = task.kind === 'range' ? Math.abs(countIn(buckets, task.range) - sums[side]) : 0;
  return { task, differing: driftedIn(sums), written: sums.in_flight + grown };
};

/** Of a range that was cut at first bytes. */
const countIn = (buckets: number[], { from, to }: IdRange): number =>
  buckets
    .slice(byteOf(from), to === undefined ? undefined : byteOf(to))
    .reduce((sum, count) => sum + count, 0);

const byteOf = (id: string) => Number.parseInt(id.slice(0, 2), 16);

import { addSums } from '../domain/sums.ts';
import { type Shift, save, sleepUntil } from './shift.ts';

/**
 * The cheapest depth: exact counts per bucket on both sides, compared twice a grace period apart. What differs both
 * times is a lower bound of what is missing; it names no ids.
 */
export const compareCounts = async (shift: Shift): Promise<boolean> => {
  const { world, settings, lease } = shift;
  const first = await bucketsOf(shift);
  const isEqual = first.graph.every((count, bucket) => count === first.vectors[bucket]);
  const again = world.clock.now() + settings.grace_seconds * 1000;
  if (!isEqual && !(await sleepUntil(shift, again))) return false;
  const second = isEqual ? first : await bucketsOf(shift);
  const lacking = (on: 'graph' | 'vectors', other: 'graph' | 'vectors') =>
    first[on].reduce((sum, count, bucket) => {
      const before = (first[other][bucket] ?? 0) - count;
      const after = (second[other][bucket] ?? 0) - (second[on][bucket] ?? 0);
      return sum + Math.max(0, Math.min(before, after));
    }, 0);
  const drifts = withoutZeros({
    missing_in_neo4j: lacking('graph', 'vectors'),
    missing_in_qdrant: lacking('vectors', 'graph'),
  });
  const distinct = second.graph.reduce(
    (sum, count, bucket) => sum + Math.max(count, second.vectors[bucket] ?? 0),
    0,
  );
  const seen = {
    compared: distinct,
    distinct,
    graph: total(second.graph),
    vectors: total(second.vectors),
    drifts,
  };
  const { progress } = lease.shard;
  await save(shift, {
    ...progress,
    pages: progress.pages + 1,
    status: 'confirming',
    sums: addSums(progress.sums, seen),
  });
  return true;
};

const bucketsOf = async ({ world, scan }: Shift) => {
  const [graph, vectors] = await Promise.all([
    world.graph.countByBucket(scan.project),
    world.vectors.countByBucket(scan.project),
  ]);
  return { graph, vectors };
};

const total = (counts: number[]) => counts.reduce((sum, count) => sum + count, 0);

const withoutZeros = <Key extends string>(counts: Record<Key, number>) =>
  Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0)) as Partial<
    Record<Key, number>
  >;

import { addSums } from '../domain/sums.ts';
import type { ChunkStore } from '../ports.ts';
import { type Shift, save, sleepUntil } from './shift.ts';

/**
 * The cheapest depth: exact counts per bucket on both sides, compared twice a grace period apart. What differs both
 * times is a lower bound of what is missing; it names no ids.
 */
export const compareCounts = async (shift: Shift): Promise<boolean> => {
  const { world, settings, lease } = shift;
  const seen = [await countedNow(shift)];
  const again = world.clock.now() + settings.grace_seconds * 1000;
  if (!isEqual(seen) && !(await sleepUntil(shift, again))) return false;
  if (!isEqual(seen)) seen.push(await countedNow(shift));
  const { progress } = lease.shard;
  const sums = addSums(progress.sums, sumsOf(inOneForm(seen)));
  await save(shift, { ...progress, pages: progress.pages + 1, status: 'confirming', sums });
  return true;
};

/** A side's exact total, and what of it is in which bucket. */
interface Counted {
  total: number;
  buckets: number[];
}
type Both = Record<'graph' | 'vectors', Counted>;
type Counts = Record<'graph' | 'vectors', number[]>;

const countedNow = async ({ world, scan }: Shift): Promise<Both> => {
  const of = async (side: ChunkStore): Promise<Counted> => {
    const [total, buckets] = await Promise.all([side.count(scan.project), side.countByBucket(scan.project)]);
    return { total, buckets };
  };
  const [graph, vectors] = await Promise.all([of(world.graph), of(world.vectors)]);
  return { graph, vectors };
};

/** Chunks that others have written are in no bucket: where there are any, only the totals can be compared. */
const inOneForm = (seen: Both[]): Counts[] => {
  const isWhole = ({ total, buckets }: Counted) => total === sum(buckets);
  const areWhole = seen.every(({ graph, vectors }) => isWhole(graph) && isWhole(vectors));
  const counts = ({ total, buckets }: Counted) => (areWhole ? buckets : [total]);
  return seen.map(({ graph, vectors }) => ({ graph: counts(graph), vectors: counts(vectors) }));
};

const isEqual = (seen: Both[]) =>
  inOneForm(seen).every(({ graph, vectors }) => graph.every((count, at) => count === vectors[at]));

const sumsOf = (seen: Counts[]) => {
  const last = seen.at(-1) ?? { graph: [], vectors: [] };
  const distinct = sum(last.graph.map((count, at) => Math.max(count, last.vectors[at] ?? 0)));
  const drifts = withoutZeros({
    missing_in_neo4j: lacking(seen, 'graph', 'vectors'),
    missing_in_qdrant: lacking(seen, 'vectors', 'graph'),
  });
  return { compared: distinct, distinct, graph: sum(last.graph), vectors: sum(last.vectors), drifts };
};

const lacking = (seen: Counts[], on: 'graph' | 'vectors', other: 'graph' | 'vectors') => {
  const gaps = (counts: Counts, at: number) => (counts[other][at] ?? 0) - (counts[on][at] ?? 0);
  const places = seen[0]?.[on] ?? [];
  return sum(places.map((_, at) => Math.max(0, Math.min(...seen.map((counts) => gaps(counts, at))))));
};

const sum = (counts: number[]) => counts.reduce((all, count) => all + count, 0);

const withoutZeros = <Key extends string>(counts: Record<Key, number>) =>
  Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0)) as Partial<
    Record<Key, number>
  >;

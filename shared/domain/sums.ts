import type { Side } from './chunk.ts';
import type { DriftItem } from './project.ts';
import { NO_SUMS, type Scan, type ScanSums } from './scan.ts';
import type { Verdict } from './verdict.ts';

const addCounts = <Key extends string>(
  a: Partial<Record<Key, number>>,
  b: Partial<Record<Key, number>>,
): Partial<Record<Key, number>> => {
  const sum = { ...a };
  for (const [key, count] of Object.entries(b) as [Key, number][]) sum[key] = (sum[key] ?? 0) + count;
  return sum;
};

/** Two parts of a scan together. */
export const addSums = (a: ScanSums, b: Partial<ScanSums>): ScanSums => {
  const part = { ...NO_SUMS, ...b };
  return {
    compared: a.compared + part.compared,
    distinct: a.distinct + part.distinct,
    graph: a.graph + part.graph,
    vectors: a.vectors + part.vectors,
    suspected: a.suspected + part.suspected,
    in_flight: a.in_flight + part.in_flight,
    drifts: addCounts(a.drifts, part.drifts),
    verdicts: addCounts(a.verdicts, part.verdicts),
    destructive: {
      graph: a.destructive.graph + part.destructive.graph,
      vectors: a.destructive.vectors + part.destructive.vectors,
    },
  };
};

/** The sides on which a verdict deletes or overwrites a text: what the blast radius counts. */
export const destroyedOn = (verdict: Verdict): Side[] =>
  verdict.action === 'delete_orphan' || verdict.action === 'reconcile_content' ? verdict.to : [];

/** What confirmed differences add to a scan's sums. */
export const sumsOf = (found: { item: DriftItem; verdict: Verdict }[]): Partial<ScanSums> => {
  const sums = { drifts: {}, verdicts: {}, destructive: { graph: 0, vectors: 0 } } as Pick<
    ScanSums,
    'drifts' | 'verdicts' | 'destructive'
  >;
  for (const { item, verdict } of found) {
    sums.drifts[item.type] = (sums.drifts[item.type] ?? 0) + 1;
    sums.verdicts[verdict.action] = (sums.verdicts[verdict.action] ?? 0) + 1;
    for (const side of destroyedOn(verdict)) sums.destructive[side] += 1;
  }
  return sums;
};

export const driftedIn = (sums: ScanSums): number =>
  Object.values(sums.drifts).reduce((sum, count) => sum + count, 0) + sums.suspected;

/** Open drifted of distinct ids, in percent; 0 for an empty project. */
export const driftPercentage = (sums: ScanSums): number => {
  const of = Math.max(sums.distinct, driftedIn(sums));
  return of === 0 ? 0 : (100 * driftedIn(sums)) / of;
};

/** What stands now, of what a scan saw: repairs show at once. A scan of counts names no ids, only how many. */
export const standingPercentage = (
  { depth, sums, drift_percentage }: Pick<Scan, 'depth' | 'sums' | 'drift_percentage'>,
  standing: number,
): number | null => {
  if (drift_percentage === null) return null;
  const distinct = Math.max(sums.distinct, standing);
  const now = distinct === 0 ? 0 : (100 * standing) / distinct;
  return depth === 'counts' ? Math.max(now, drift_percentage) : now;
};

export const BLAST = { percent: 10, chunks: 10 } as const;
export const MASS = { percent: 10, candidates: 1000 } as const;

/** So many of a shard's ids differ that confirming them one by one would only find that a side is lost. */
export const isMassDrift = (candidates: number, compared: number): boolean =>
  candidates >= MASS.candidates && candidates * 100 > compared * MASS.percent;

/**
 * Why a person must decide before this scan's repairs are released, or `undefined`: ids suspected in the mass, a side
 * found empty beside a full one, or deletions and overwrites of more than a tenth of a side.
 */
export const blastRadius = (sums: ScanSums): string | undefined => {
  if (sums.suspected > 0) return 'mass_drift';
  if ((sums.graph === 0) !== (sums.vectors === 0) && driftedIn(sums) > 0) return 'empty_side';
  const isTooMuch = (side: Side) =>
    sums.destructive[side] >= BLAST.chunks && sums.destructive[side] * 100 > sums[side] * BLAST.percent;
  const wouldEmpty = (side: Side) => sums[side] > 0 && (sums.verdicts.delete_orphan ?? 0) >= sums[side];
  if (isTooMuch('graph') || isTooMuch('vectors')) return 'blast_radius';
  return wouldEmpty('graph') || wouldEmpty('vectors') ? 'would_empty_a_side' : undefined;
};

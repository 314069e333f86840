import { type Depth, isAsDeepAs, type Scan } from './scan.ts';
import { driftedIn } from './sums.ts';

/** Clocks of writers and of planners are never further apart: a scan proves what was recorded this long before it began. */
export const CLOCKS_APART_MS = 5_000;

/**
 * Up to when a whole scan proves what was recorded. One that could not tell of every id proves no more than the one
 * before it did: a later scan takes nothing back without evidence.
 */
export const provenBy = ({ started_at, sums, proven_before }: Scan): string | undefined =>
  sums.in_flight > 0 ? proven_before : new Date(Date.parse(started_at) - CLOCKS_APART_MS).toISOString();

/**
 * Of the changes that stand different now, when the first was recorded. `null`: of one nobody can tell. `undefined`: none
 * stands different.
 */
export type FirstUnequal = string | null | undefined;

export const firstOf = (a: FirstUnequal, b: FirstUnequal): FirstUnequal => {
  if (a === null || b === null) return null;
  return a === undefined || (b !== undefined && b < a) ? b : a;
};

export interface Evidence {
  /** The newest whole scan of each depth, read before the differences that stand. */
  whole: Scan[];
  unequal: FirstUnequal;
  /** Both stores carry the project's identity, as far as anyone knows. */
  areOurs: boolean;
}

/**
 * By depth, the time before which every recorded change has been proven equal in both stores: `fingerprints` proves
 * presence, hash and version, `content` the texts and the manifests, `vectors` those and the vectors. Counts prove
 * nothing. A difference that stands holds all of them back to its change; `null`: nothing is proven.
 */
export const verifiedUntil = (evidence: Evidence): Record<Exclude<Depth, 'counts'>, string | null> => ({
  fingerprints: verifiedTo('fingerprints', evidence),
  content: verifiedTo('content', evidence),
  vectors: verifiedTo('vectors', evidence),
});

const verifiedTo = (depth: Depth, { whole, unequal, areOurs }: Evidence): string | null => {
  const proving = whole.filter((scan) => isAsDeepAs(scan.depth, depth));
  const proven = proving
    .flatMap((scan) => provenBy(scan) ?? [])
    .toSorted()
    .at(-1);
  if (proven === undefined || unequal === null || !areOurs || haveCountsDiffered(whole)) return null;
  return unequal !== undefined && unequal < proven ? unequal : proven;
};

/** Counts that differ name no chunk, and so no change: they speak until a scan has looked at every id. */
const haveCountsDiffered = (whole: Scan[]): boolean => {
  const counted = whole.find(({ depth, sums }) => depth === 'counts' && driftedIn(sums) > 0);
  return counted !== undefined && (coverageOf(whole).fingerprints ?? '') <= counted.started_at;
};

/** By depth, when the newest scan began that has looked at every id so deep; `null`: none has. */
export const coverageOf = (whole: Scan[]): Record<Depth, string | null> => ({
  counts: newestStart(whole, 'counts'),
  fingerprints: newestStart(whole, 'fingerprints'),
  content: newestStart(whole, 'content'),
  vectors: newestStart(whole, 'vectors'),
});

const newestStart = (whole: Scan[], depth: Depth): string | null =>
  whole
    .filter((scan) => isAsDeepAs(scan.depth, depth))
    .map(({ started_at }) => started_at)
    .toSorted()
    .at(-1) ?? null;

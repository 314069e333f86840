// Quantiles of what was measured in pairs of windows, and how sure they are.

/** Milliseconds of single reads in the two windows of a round. */
export interface Pair {
  quiet: number[];
  busy: number[];
}
/** By how many percent the 95th percentile is higher, and within which bounds with 95 % confidence. */
export interface Interval {
  percent: number;
  from: number;
  to: number;
  quietMs: number;
  busyMs: number;
}

const RESAMPLES = 1_000;

export const quantile = (values: number[], share: number): number => {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
};

/** The bounds are those of a bootstrap over rounds, since what disturbs one read of a window disturbs its neighbours. */
export const addedP95 = (pairs: Pair[], random = Math.random): Interval => {
  const [quietMs, busyMs] = p95Of(pairs);
  const drawn = Array.from({ length: RESAMPLES }, () => {
    const some = pairs.map(() => pairs[Math.floor(random() * pairs.length)] ?? { quiet: [], busy: [] });
    return added(...p95Of(some));
  });
  return {
    percent: added(quietMs, busyMs),
    from: quantile(drawn, 0.025),
    to: quantile(drawn, 0.975),
    quietMs,
    busyMs,
  };
};

const p95Of = (pairs: Pair[]): [quiet: number, busy: number] => [
  quantile(
    pairs.flatMap(({ quiet }) => quiet),
    0.95,
  ),
  quantile(
    pairs.flatMap(({ busy }) => busy),
    0.95,
  ),
];
const added = (quiet: number, busy: number) => 100 * (busy / quiet - 1);

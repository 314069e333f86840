import { SIDES, type Side } from './chunk.ts';

/** How much of the configured rate the normal lane may use now, and what that is judged by. */
export interface Pace {
  /** From `LEAST_SHARE` to 1. */
  share: number;
  sides: Record<Side, { baseline_ms: number | null; recent_ms: number[] }>;
  /** Epoch milliseconds. */
  decided_at: number;
}
export type Latencies = Record<Side, number[]>;

export const fullPace = (now: number): Pace => ({
  share: 1,
  sides: { graph: { baseline_ms: null, recent_ms: [] }, vectors: { baseline_ms: null, recent_ms: [] } },
  decided_at: now,
});

/** Below it nothing is slow: what doubles from 3 ms to 6 is noise. */
const LEAST_BASELINE_MS = 20;
const SLOW = 2;
const LEAST_SHARE = 0.05;
const STEP = 0.1;
/** Of so many requests one may be slow by chance. */
const ENOUGH = 20;
/** After so long what has come is enough. */
const PATIENCE_MS = 60_000;
const FORGOTTEN_MS = 600_000;

/** Never above the configured rate, and never nothing where something is configured. */
export const paceOf = ({ share, decided_at }: Pace, configured: number, now: number): number => {
  const held = now - decided_at > FORGOTTEN_MS ? 1 : share;
  return configured <= 0 ? 0 : Math.max(1, Math.floor(configured * held));
};

export const p95 = (values: number[]): number =>
  [...values].sort((a, b) => a - b)[Math.ceil(values.length * 0.95) - 1] ?? 0;

/**
 * The pace after some more requests: additive increase, multiplicative decrease. It halves when the p95 of a side is twice
 * its baseline, and is judged anew by requests made since. A side that stays slow becomes the measure in time.
 */
export const pacedBy = (pace: Pace, latencies: Latencies, now: number): Pace => {
  const isForgotten = now - pace.decided_at > FORGOTTEN_MS;
  const share = isForgotten ? 1 : pace.share;
  const sides = mapSides((side) => {
    const { baseline_ms, recent_ms } = pace.sides[side];
    return { baseline_ms, recent_ms: [...(isForgotten ? [] : recent_ms), ...latencies[side]] };
  });
  const isPatient = now - pace.decided_at < PATIENCE_MS;
  const judged = SIDES.filter((side) => sides[side].recent_ms.length >= (isPatient ? ENOUGH : 1));
  if (judged.length === 0) return { share, sides, decided_at: isForgotten ? now : pace.decided_at };
  const isAnySlow = judged.some((side) => isSlow(sides[side]));
  return {
    share: isAnySlow ? Math.max(LEAST_SHARE, share / 2) : Math.min(1, share + STEP),
    sides: mapSides((side) => (isAnySlow || judged.includes(side) ? begunAnew(sides[side]) : sides[side])),
    decided_at: now,
  };
};

type Measured = Pace['sides'][Side];

const mapSides = (of: (side: Side) => Measured): Pace['sides'] => ({
  graph: of('graph'),
  vectors: of('vectors'),
});

const isSlow = ({ baseline_ms, recent_ms }: Measured) =>
  baseline_ms !== null && recent_ms.length > 0 && p95(recent_ms) >= SLOW * baseline_ms;

/** Quicker at once, slower only bit by bit: a store that slows down slowly must not take its measure with it. */
const begunAnew = ({ baseline_ms, recent_ms }: Measured): Measured => {
  if (recent_ms.length === 0) return { baseline_ms, recent_ms };
  const measured = p95(recent_ms);
  const known = baseline_ms ?? measured;
  const next = measured < known ? (known + measured) / 2 : Math.min(measured, known * 1.05);
  return { baseline_ms: Math.max(LEAST_BASELINE_MS, next), recent_ms: [] };
};

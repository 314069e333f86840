// How long a scan keeps its workers: what `shared/domain/intensity.ts` makes of an intensity, as the bill sees it. Workers
// are paid for while they pause. A test holds these figures to those of the domain.

export type WalkedDepth = 'fingerprints' | 'content' | 'vectors';

export interface ScanPace {
  intensity_percent: number;
  check_interval_seconds: number;
}
/** As the defaults of the settings have it, and without a pause. */
export const DEFAULT_PACE: ScanPace = { intensity_percent: 10, check_interval_seconds: 300 };
export const FULL_PACE: ScanPace = { ...DEFAULT_PACE, intensity_percent: 100 };

const DEADLINE_SECONDS = 3_600;
/** Chunks a second, by which it is reckoned how many walk at once. */
const SLOW_WALK: Record<WalkedDepth, number> = { fingerprints: 20_000, content: 5_000, vectors: 1_000 };

const MOST_WALKERS = 8;

/** Beyond half of its time no scan pauses. */
export const pausesEnd = (depth: WalkedDepth, { check_interval_seconds }: ScanPace): number =>
  (depth === 'fingerprints' ? Math.min(DEADLINE_SECONDS, check_interval_seconds) : DEADLINE_SECONDS) / 2;

export const walkersOf = (chunks: number, depth: WalkedDepth, pace: ScanPace): number =>
  Math.min(MOST_WALKERS, Math.max(1, Math.ceil(chunks / (SLOW_WALK[depth] * pausesEnd(depth, pace)))));

/** At most so many seconds of workers for so many without pauses: as if they did nothing but read. */
export const pacedSeconds = (seconds: number, chunks: number, depth: WalkedDepth, pace: ScanPace): number => {
  const longest = walkersOf(chunks, depth, pace) * pausesEnd(depth, pace);
  return Math.max(seconds, Math.min((seconds * 100) / pace.intensity_percent, longest));
};

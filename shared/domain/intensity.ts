import { activeSeconds } from './progress.ts';
import type { Depth, Scan } from './scan.ts';
import { scanSeconds } from './scan-times.ts';
import type { Settings } from './settings.ts';

const FULL = 100;
/** Pauses leave as much time again for what they did not foresee: slower stores, dead workers, grace periods. */
const SHARE_OF_TIME = 0.5;
/** What one walker compares a second on slow stores, at full intensity. */
const SLOW_WALK: Record<Depth, number> = {
  counts: 20_000,
  fingerprints: 20_000,
  content: 5_000,
  vectors: 1_000,
};

/** The share of the time, in percent, in which a scan may read the stores: its own, or else its project's. */
export const intensityOf = (
  { intensity_percent }: Pick<Scan, 'intensity_percent'>,
  { scan_intensity_percent }: Pick<Settings, 'scan_intensity_percent'>,
): number => intensity_percent ?? scan_intensity_percent;

export const isFull = (intensity: number): boolean => intensity >= FULL;

/** A scan that never pauses must be over after so long. */
const walkMs = (depth: Depth, settings: Settings): number =>
  scanSeconds(depth, settings) * 1000 * SHARE_OF_TIME;

/** More at once make no store answer faster. */
export const MOST_WALKERS = 8;

/**
 * How many shards of a scan may walk at the same time. Below full intensity they take turns, so that what one of them
 * reads is all that is read; more than one where a single walker could not end in time even without a pause, whether that
 * was to be expected or has turned out by now.
 */
export const walkersOf = (scan: Scan, settings: Settings, now: number): number => {
  const isLate = activeSeconds(scan, now) * 1000 > walkMs(scan.depth, settings);
  if (isLate || isFull(intensityOf(scan, settings))) return MOST_WALKERS;
  const byOne = (SLOW_WALK[scan.depth] * walkMs(scan.depth, settings)) / 1000;
  return Math.min(MOST_WALKERS, Math.max(1, Math.ceil(scan.total / byOne)));
};

/**
 * How far a scan is ahead of the time by which it has to be where it is. A pause may use that up and no more, so that
 * no pause makes a scan late; below zero, it is late already.
 */
export const leadMs = (
  { depth, settings }: { depth: Depth; settings: Settings },
  { share, elapsedMs }: { share: number; elapsedMs: number },
): number => share * walkMs(depth, settings) - elapsedMs;

/** What the stores are left alone for after they have been read for so long, if there is time for it. */
export const pauseMs = (readMs: number, intensity: number, lead: number): number =>
  Math.max(0, Math.min(readMs * (FULL / intensity - 1), lead));

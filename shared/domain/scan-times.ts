import type { Depth } from './scan.ts';
import type { Settings } from './settings.ts';

const DAY_SECONDS = 86_400;
/** What has not ended by then never will: its differences are only told, judged and mended at its end. */
export const SCAN_DEADLINE_SECONDS = 3_600;

/** After so long the next scan of this depth is due; counts are only compared on demand. */
export const intervalSeconds = (
  depth: Depth,
  { check_interval_seconds }: Pick<Settings, 'check_interval_seconds'>,
): number => {
  if (depth === 'vectors') return 7 * DAY_SECONDS;
  return depth === 'content' ? DAY_SECONDS : check_interval_seconds;
};

/** How long a scan may take in all: none of its depth waits for it, and none is cut off. */
export const scanSeconds = (depth: Depth, settings: Pick<Settings, 'check_interval_seconds'>): number =>
  Math.min(SCAN_DEADLINE_SECONDS, intervalSeconds(depth, settings));

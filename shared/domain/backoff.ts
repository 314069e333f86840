/** Repair attempts of one chunk wait 1, 2, 4 … seconds, at most five minutes (the seed's limits). */
export const BACKOFF = { first_seconds: 1, multiplier: 2, longest_seconds: 300 } as const;

/** When attempt `attempts + 1` may be made, in epoch milliseconds. `attempts`: how many failed before it. */
export const nextAttemptAt = (attempts: number, lastAttemptAt: number): number =>
  attempts === 0 ? lastAttemptAt : lastAttemptAt + 1000 * backoffSeconds(attempts);

export const backoffSeconds = (attempts: number): number =>
  Math.min(BACKOFF.first_seconds * BACKOFF.multiplier ** (attempts - 1), BACKOFF.longest_seconds);

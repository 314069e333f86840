import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BACKOFF, backoffSeconds, nextAttemptAt } from '../../shared/domain/backoff.ts';

describe('the backoff of repairs', () => {
  it.each([
    [1, 1],
    [2, 2],
    [3, 4],
    [4, 8],
    [9, 256],
    [10, 300],
    [11, 300],
    [5000, 300],
  ])('after failure %i waits %i seconds', (attempts, seconds) => {
    expect(backoffSeconds(attempts)).toBe(seconds);
    expect(nextAttemptAt(attempts, 1_000_000)).toBe(1_000_000 + seconds * 1000);
  });

  it('does not wait before the first attempt', () => {
    expect(nextAttemptAt(0, 1_000_000)).toBe(1_000_000);
  });

  it('never grows shorter, nor longer than five minutes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100_000 }), fc.nat(), (attempts, now) => {
        const wait = nextAttemptAt(attempts, now) - now;
        expect(wait).toBeLessThanOrEqual(BACKOFF.longest_seconds * 1000);
        expect(nextAttemptAt(attempts + 1, now) - now).toBeGreaterThanOrEqual(wait);
      }),
    );
  });
});

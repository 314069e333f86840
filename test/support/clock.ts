import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../shared/ports.ts';

/** A clock that the test owns: sleeping moves it, so that a grace period costs no time. */
export interface TestClock extends Clock {
  advance(ms: number): void;
}

export const testClock = (start = Date.UTC(2026, 10, 24, 12)): TestClock => {
  let now = start;
  return {
    now: () => now,
    async sleep(ms) {
      now += ms;
      await setImmediate();
    },
    advance(ms) {
      now += ms;
    },
  };
};

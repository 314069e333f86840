import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fullPace, type Latencies, type Pace, p95, pacedBy, paceOf } from '../../shared/domain/pace.ts';

const CONFIGURED = 100;
const SECOND = 1_000;
const MINUTE = 60_000;

const each = (ms: number, count = 20): Latencies => ({
  graph: Array(count).fill(ms),
  vectors: Array(count).fill(ms),
});
/** Windows of so many requests, one after another, ten seconds apart. */
const following = (pace: Pace, windows: Latencies[], every = 10 * SECOND): Pace =>
  windows.reduce((now, latencies) => pacedBy(now, latencies, now.decided_at + every), pace);
const repeated = (latencies: Latencies, count: number) => Array(count).fill(latencies) as Latencies[];
const rate = (pace: Pace) => paceOf(pace, CONFIGURED, pace.decided_at);

const SETTLED = following(fullPace(0), repeated(each(40), 5));

describe('the pace of repairs', () => {
  test('is the configured rate while nothing is known, and while stores answer as they do', () => {
    expect([rate(fullPace(0)), rate(SETTLED)]).toEqual([CONFIGURED, CONFIGURED]);
  });

  test.each(['graph', 'vectors'] as const)('halves when the p95 of the %s is twice what it was', (side) => {
    const slow = { ...each(40), [side]: Array(20).fill(80) };

    expect(rate(following(SETTLED, [slow]))).toBe(CONFIGURED / 2);
    expect(rate(following(SETTLED, [{ ...slow, [side]: Array(20).fill(79) }]))).toBe(CONFIGURED);
  });

  test('takes one slow request of twenty for chance', () => {
    const once = each(40);
    once.graph[3] = 5_000;

    expect(rate(following(SETTLED, [once]))).toBe(CONFIGURED);
  });

  test('waits for enough requests, and not longer than a minute', () => {
    const few = each(500, 3);

    expect(rate(following(SETTLED, [few]))).toBe(CONFIGURED);
    expect(rate(following(SETTLED, [few], MINUTE))).toBe(CONFIGURED / 2);
  });

  test('judges a window once, however late the requests of before it come', () => {
    const halved = following(SETTLED, [each(400)]);

    expect(halved.sides.graph.recent_ms).toEqual([]);
    expect(rate(pacedBy(halved, { graph: [], vectors: [] }, halved.decided_at + SECOND))).toBe(
      CONFIGURED / 2,
    );
  });

  test('comes back to the configured rate once the store does', () => {
    const slowed = following(SETTLED, repeated(each(400), 4));
    expect(rate(slowed)).toBeLessThan(CONFIGURED / 8);

    expect(rate(following(slowed, repeated(each(40), 10)))).toBe(CONFIGURED);
  });

  test('is full again where nothing was measured for ten minutes', () => {
    const slowed = following(SETTLED, repeated(each(400), 4));

    expect(paceOf(slowed, CONFIGURED, slowed.decided_at + 10 * MINUTE + 1)).toBe(CONFIGURED);
  });

  test('takes a store that stays slow for what it is, in time', () => {
    expect(rate(following(SETTLED, repeated(each(100), 60)))).toBe(CONFIGURED);
  });

  test('calls nothing slow that answers within 39 ms', () => {
    const quick = following(fullPace(0), repeated(each(2), 5));

    expect(rate(following(quick, [each(39)]))).toBe(CONFIGURED);
  });

  test('is never above what is configured, never nothing, and never more than halved at once', () => {
    const ms = fc.nat(10_000);
    const latencies = fc.record({
      graph: fc.array(ms, { maxLength: 30 }),
      vectors: fc.array(ms, { maxLength: 30 }),
    });
    const step = fc.record({ latencies, wait: fc.nat(15 * MINUTE) });
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 30 }),
        fc.integer({ min: 1, max: 10_000 }),
        (steps, configured) => {
          let [pace, now] = [fullPace(0), 0];
          for (const { latencies, wait } of steps) {
            now += wait;
            const before = pace;
            pace = pacedBy(pace, latencies, now);
            const allowed = paceOf(pace, configured, now);
            expect(allowed).toBeGreaterThanOrEqual(1);
            expect(allowed).toBeLessThanOrEqual(configured);
            expect(pace.share).toBeGreaterThanOrEqual(Math.min(0.05, before.share / 2));
            expect(pace.share).toBeGreaterThanOrEqual(before.share / 2);
          }
        },
      ),
    );
  });

  test('is nothing where nothing is configured', () => {
    expect(paceOf(fullPace(0), 0, 0)).toBe(0);
  });
});

test('the p95 is a value of which at most one in twenty is above', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(), { minLength: 1 }), (values) => {
      const at = p95(values);
      expect(values).toContain(at);
      expect(values.filter((value) => value > at).length).toBeLessThanOrEqual(values.length / 20);
    }),
  );
  expect(p95([])).toBe(0);
});

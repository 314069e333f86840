import { describe, expect, test } from 'vitest';
import { type Depth, NO_SUMS, type Scan } from '../../shared/domain/scan.ts';
import { coverageOf, type Evidence, firstOf, provenBy, verifiedUntil } from '../../shared/domain/verified.ts';

const at = (minute: number, second = 0) => new Date(Date.UTC(2026, 10, 24, 12, minute, second)).toISOString();

const aScan = (depth: Depth, minute: number, over: Partial<Scan> = {}): Scan => ({
  project: 'p',
  scan_id: `${depth}-${minute}`,
  correlation_id: 'c',
  depth,
  status: 'completed',
  identity: 'i',
  total: 0,
  counts: { graph: 0, vectors: 0 },
  shard_count: 1,
  sums: NO_SUMS,
  sample_slice: 0,
  started_at: at(minute),
  deadline: at(minute + 60),
  completed_at: at(minute + 1),
  drift_percentage: 0,
  released: true,
  ...over,
});
const unsettled = { sums: { ...NO_SUMS, in_flight: 1 } };
const none = { fingerprints: null, content: null, vectors: null };
const until = (whole: Scan[], over: Partial<Evidence> = {}) =>
  verifiedUntil({ whole, unequal: undefined, areOurs: true, ...over });

describe('verified until', () => {
  test('is nothing before the first scan', () => {
    expect(until([])).toEqual(none);
  });

  test('is what the newest scan that looks so deep began with, less what clocks may be apart', () => {
    const whole = [aScan('fingerprints', 30), aScan('content', 20), aScan('vectors', 10)];

    expect(until(whole)).toEqual({
      fingerprints: at(29, 55),
      content: at(19, 55),
      vectors: at(9, 55),
    });
  });

  test('of a shallow depth is proven by a deeper scan, and never the other way round', () => {
    expect(until([aScan('vectors', 10)])).toEqual({
      fingerprints: at(9, 55),
      content: at(9, 55),
      vectors: at(9, 55),
    });
    expect(until([aScan('fingerprints', 10)])).toEqual({ ...none, fingerprints: at(9, 55) });
    expect(until([aScan('counts', 10)])).toEqual(none);
  });

  test('stays what it was where a scan could not tell of every id', () => {
    expect(until([aScan('content', 20, { ...unsettled, proven_before: at(9, 55) })]).content).toBe(at(9, 55));
    expect(until([aScan('content', 20, unsettled)]).content).toBeNull();
  });

  test('falls back to a change that stands different, and no further', () => {
    const whole = [aScan('content', 20)];

    expect(until(whole, { unequal: at(5) }).content).toBe(at(5));
    expect(until(whole, { unequal: at(19, 58) }).content).toBe(at(19, 55));
  });

  test('is nothing while a difference stands of which nobody knows when its change was recorded', () => {
    expect(until([aScan('content', 20)], { unequal: null })).toEqual(none);
  });

  test('is nothing while a store is not known to be the project’s own', () => {
    expect(until([aScan('content', 20)], { areOurs: false })).toEqual(none);
  });

  test('is nothing while counts differ, until a scan has looked at every id since', () => {
    const counted = aScan('counts', 20, { sums: { ...NO_SUMS, drifts: { missing_in_qdrant: 1 } } });

    expect(until([counted, aScan('fingerprints', 10)])).toEqual(none);
    expect(until([counted, aScan('fingerprints', 30)]).fingerprints).toBe(at(29, 55));
  });
});

describe('the change that stands different the longest', () => {
  test.each([
    [undefined, undefined, undefined],
    [undefined, at(1), at(1)],
    [at(2), at(1), at(1)],
    [at(1), undefined, at(1)],
    [null, at(1), null],
    [undefined, null, null],
  ])('of %s and %s is %s', (a, b, first) => {
    expect(firstOf(a, b)).toBe(first);
  });
});

test('what a scan proves is less than it began with', () => {
  const scan = aScan('content', 20);
  expect((provenBy(scan) ?? '') < scan.started_at).toBe(true);
});

test('coverage is the start of the newest scan at least as deep', () => {
  expect(coverageOf([aScan('counts', 5), aScan('fingerprints', 30), aScan('content', 20)])).toEqual({
    counts: at(30),
    fingerprints: at(30),
    content: at(20),
    vectors: null,
  });
});

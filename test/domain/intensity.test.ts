import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { intensityOf, leadMs, MOST_WALKERS, pauseMs, walkersOf } from '../../shared/domain/intensity.ts';
import type { Depth, Scan } from '../../shared/domain/scan.ts';
import { intervalSeconds, SCAN_DEADLINE_SECONDS, scanSeconds } from '../../shared/domain/scan-times.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../shared/domain/settings.ts';

const MILLION = 1e6;
const settingsOf = (over: Partial<Settings> = {}) => ({ ...DEFAULT_SETTINGS, ...over });
const walkers = (depth: Depth, total: number, over: Partial<Settings> = {}, elapsedSeconds = 0) =>
  walkersOf(
    { depth, total, started_at: new Date(0).toISOString() } as Scan,
    settingsOf(over),
    elapsedSeconds * 1000,
  );

/** Reads so many pages at once after another as fast as the pace allows; answers what it took, and what of it was reading. */
const paced = (of: { depth: Depth; pages: number; pageMs: number; intensity: number; lateMs?: number }) => {
  const { depth, pages, pageMs, intensity, lateMs = 0 } = of;
  let [elapsedMs, readMs] = [lateMs, 0];
  for (let page = 1; page <= pages; page++) {
    elapsedMs += pageMs;
    readMs += pageMs;
    if (page === pages) break;
    const lead = leadMs({ depth, settings: settingsOf() }, { share: page / pages, elapsedMs });
    elapsedMs += pauseMs(pageMs, intensity, lead);
  }
  return { elapsedMs, readMs };
};
const depths = fc.constantFrom<Depth>('fingerprints', 'content', 'vectors');
const walks = fc.record({
  depth: depths,
  pages: fc.integer({ min: 1, max: 500 }),
  pageMs: fc.integer({ min: 1, max: 2_000 }),
  intensity: fc.integer({ min: 1, max: 100 }),
});

describe('the intensity of a scan', () => {
  test('is a tenth, unless the project or whoever asked for the scan has it otherwise', () => {
    expect(intensityOf({}, settingsOf())).toBe(10);
    expect(intensityOf({}, settingsOf({ scan_intensity_percent: 40 }))).toBe(40);
    expect(intensityOf({ intensity_percent: 100 }, settingsOf({ scan_intensity_percent: 40 }))).toBe(100);
  });
});

describe('the time of a scan', () => {
  test.each<[Depth, number, number]>([
    ['counts', 300, 300],
    ['fingerprints', 300, 300],
    ['content', 86_400, 3_600],
    ['vectors', 604_800, 3_600],
  ])('of %s is until the next is due, and never beyond its deadline', (depth, interval, seconds) => {
    expect(intervalSeconds(depth, settingsOf())).toBe(interval);
    expect(scanSeconds(depth, settingsOf())).toBe(seconds);
  });

  test('is as long as the check interval for fingerprints, up to the deadline', () => {
    expect(scanSeconds('fingerprints', settingsOf({ check_interval_seconds: 60 }))).toBe(60);
    expect(scanSeconds('fingerprints', settingsOf({ check_interval_seconds: 86_400 }))).toBe(
      SCAN_DEADLINE_SECONDS,
    );
  });
});

describe('a pause', () => {
  test.each([
    [100, 10, 900],
    [100, 50, 100],
    [100, 1, 9_900],
    [100, 100, 0],
    [0, 10, 0],
  ])('after %i ms of reading at %i percent is %i ms', (readMs, intensity, ms) => {
    expect(pauseMs(readMs, intensity, 1e6)).toBeCloseTo(ms);
  });

  test('is no longer than the scan is ahead, and none where it is late', () => {
    expect(pauseMs(100, 10, 250)).toBe(250);
    expect(pauseMs(100, 10, 0)).toBe(0);
    expect(pauseMs(100, 10, -5_000)).toBe(0);
  });

  test('takes a scan that reads for ten seconds to a hundred', () => {
    const walk = { depth: 'fingerprints', pages: 200, pageMs: 50, intensity: 10 } as const;
    expect(paced(walk).elapsedMs).toBeCloseTo(100_000, -3);
  });

  test('keeps reading within the intensity wherever there is time for it', () => {
    const property = fc.property(walks, (walk) => {
      const { elapsedMs, readMs } = paced(walk);
      const isRoomy = (readMs * 100) / walk.intensity < (scanSeconds(walk.depth, settingsOf()) * 1000) / 2;
      fc.pre(isRoomy);
      // The last page ends the walk, so that nothing is waited for after it.
      expect((readMs - walk.pageMs) / elapsedMs).toBeLessThanOrEqual(walk.intensity / 100 + 1e-9);
    });
    fc.assert(property);
  });

  test('makes no scan late: it ends within half of its time, or as soon as one without pauses', () => {
    const property = fc.property(walks, fc.nat(400_000), (walk, lateMs) => {
      const { elapsedMs, readMs } = paced({ ...walk, lateMs });
      const half = (scanSeconds(walk.depth, settingsOf()) * 1000) / 2;
      expect(elapsedMs).toBeLessThanOrEqual(Math.max(half, lateMs) + readMs);
      if (lateMs >= half) expect(elapsedMs).toBe(lateMs + readMs);
    });
    fc.assert(property);
  });

  test('is never negative, nor more than what was read asks for', () => {
    const property = fc.property(
      fc.nat(100_000),
      fc.integer({ min: 1, max: 100 }),
      fc.integer({ min: -1e9, max: 1e9 }),
      (readMs, intensity, lead) => {
        const ms = pauseMs(readMs, intensity, lead);
        expect(ms).toBeGreaterThanOrEqual(0);
        expect(ms).toBeLessThanOrEqual((readMs * 100) / intensity);
        expect(pauseMs(readMs, 100, lead)).toBe(0);
      },
    );
    fc.assert(property);
  });
});

describe('shards of a scan walk', () => {
  test('as many at once as do any good at full intensity, and never more', () => {
    expect(walkers('fingerprints', 100, { scan_intensity_percent: 100 })).toBe(MOST_WALKERS);
    expect(walkers('fingerprints', 1_000 * MILLION)).toBe(MOST_WALKERS);
  });

  test.each<[Depth, number]>([
    ['fingerprints', 150],
    ['content', 1_800],
    ['vectors', 1_800],
  ])('as many once half of its time has passed: %s, %i s', (depth, half) => {
    expect(walkers(depth, MILLION, {}, half - 1)).toBe(1);
    expect(walkers(depth, MILLION, {}, half + 1)).toBe(MOST_WALKERS);
  });

  test.each<[Depth, number, number]>([
    ['fingerprints', 0, 1],
    ['fingerprints', 3 * MILLION, 1],
    ['fingerprints', 10 * MILLION, 4],
    ['content', 9 * MILLION, 1],
    ['content', 30 * MILLION, 4],
    ['vectors', 3 * MILLION, 2],
  ])('one after the other below, as long as one ends in time: %s of %i, %i', (depth, total, at_once) => {
    expect(walkers(depth, total)).toBe(at_once);
  });

  test('more at once where the next scan is due sooner', () => {
    expect(walkers('fingerprints', 3 * MILLION, { check_interval_seconds: 60 })).toBe(5);
  });
});

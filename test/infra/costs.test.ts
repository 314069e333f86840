import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  type Activity,
  ALARMS_OF_ONE_PROJECT,
  billOf,
  dollarsOf,
  METRICS_OF_A_PROJECT,
  METRICS_OF_ALL,
  type Measured,
  monthOf,
  type Quantities,
  scanOf,
  sum,
  times,
  writesOf,
} from '../../infra/costs.ts';
import { PRICES } from '../../infra/prices.ts';
import { DEFAULT_PACE, FULL_PACE, pausesEnd, walkersOf } from '../../infra/scan-pace.ts';
import { walkersOf as walkersOfDomain } from '../../shared/domain/intensity.ts';
import type { Scan } from '../../shared/domain/scan.ts';
import { scanSeconds } from '../../shared/domain/scan-times.ts';
import { DEFAULT_SETTINGS } from '../../shared/domain/settings.ts';
import { resourcesOf, templateOf } from './synthesized.ts';

const NOTHING: Record<Activity, Quantities> = {
  create: {},
  change: {},
  rewrite: {},
  remove: {},
  check: {},
  scan: {},
  shard: {},
  page: {},
  walked_document: {},
  chunk_fingerprints: {},
  chunk_content: {},
  chunk_vectors: {},
  drift: {},
  repair: {},
  tick: {},
  settle: {},
  kept_chunk: {},
  kept_write: {},
};
const measuring = (activities: Partial<Measured['activities']>): Measured => ({
  measured_on: '2026-01-01',
  machine: 'none',
  chunks_per_document: 10,
  chunks_per_shard: 100,
  shards_max: 4,
  manifest_shares: 3,
  manifests_in_one_shard: 100,
  rows_per_page: { fingerprints: 50, content: 20, vectors: 10 },
  activities: { ...NOTHING, ...activities },
});
/** Powers of ten, so that each digit of a sum says how often something was counted. */
const counted = measuring({
  scan: { write_units: 1 },
  shard: { write_units: 100 },
  page: { write_units: 10_000 },
  walked_document: { read_units: 1 },
  chunk_fingerprints: { lambda_gb_seconds: 1 },
});

describe('a bill', () => {
  test('is each quantity at its price, the dearest first', () => {
    const bill = billOf({ read_units: 8_000_000, write_units: 2_000_000, lambda_requests: 0 });

    expect(bill).toEqual([
      { meter: 'write_units', quantity: 2_000_000, dollars: 1.25 },
      { meter: 'read_units', quantity: 8_000_000, dollars: 1 },
    ]);
    expect(dollarsOf({ read_units: 8_000_000, write_units: 2_000_000 })).toBe(2.25);
    expect(dollarsOf({ lambda_gb_seconds: 1_000_000 })).toBeCloseTo(13.3334);
    expect(dollarsOf({ metrics: 3, alarms: 5, log_gb: 2 })).toBeCloseTo(0.9 + 0.5 + 1);
  });

  test('of several is their sum', () => {
    const one = { read_units: 1, bus_events: 2 };

    expect(sum(one, times(one, 3), { metrics: 1 })).toEqual({ read_units: 4, bus_events: 8, metrics: 1 });
  });

  test('says of each price where it is from', () => {
    for (const { source, dollars, per } of Object.values(PRICES)) {
      expect(source).toMatch(/^https:\/\/aws\.amazon\.com\//);
      expect(dollars / per).toBeGreaterThan(0);
    }
  });
});

describe('a scan', () => {
  test('is itself, its shards, its pages and what each chunk takes', () => {
    expect(scanOf(counted, 250, 'fingerprints')).toEqual({
      write_units: 5 * 10_000 + 3 * 100 + 1,
      read_units: 0,
      lambda_gb_seconds: 250,
    });
  });

  test('has no more shards than it may, and one where there is next to nothing', () => {
    expect(scanOf(counted, 1_000, 'fingerprints').write_units).toBe(20 * 10_000 + 4 * 100 + 1);
    expect(scanOf(counted, 0, 'fingerprints').write_units).toBe(100 + 1);
  });

  test('of contents walks the manifests too, in one shard or in shares', () => {
    const small = scanOf(counted, 100, 'content');
    const large = scanOf(counted, 200, 'content');

    expect(small).toMatchObject({ write_units: 5 * 10_000 + (1 + 1) * 100 + 1, read_units: 10 });
    expect(large).toMatchObject({ write_units: 10 * 10_000 + (2 + 3) * 100 + 1, read_units: 20 });
  });
});

describe('a scan that pauses', () => {
  const seconds = (chunks: number, intensity_percent: number, check_interval_seconds = 3_600) =>
    scanOf(counted, chunks, 'fingerprints', { intensity_percent, check_interval_seconds }).lambda_gb_seconds;

  test('pays its workers for the pauses', () => {
    expect(seconds(100, 10)).toBe(1_000);
    expect(seconds(100, 50)).toBe(200);
    expect(scanOf(counted, 100, 'fingerprints', FULL_PACE)).toEqual(scanOf(counted, 100, 'fingerprints'));
  });

  test('does not pause beyond half of its interval, and not at all where it takes longer, or one page', () => {
    expect(seconds(100, 10, 300)).toBe(150);
    expect(seconds(200, 10, 300)).toBe(200);
    expect(seconds(50, 10)).toBe(50);
  });

  test('is reckoned with as the domain has it', () => {
    const { scan_intensity_percent, check_interval_seconds } = DEFAULT_SETTINGS;
    expect(DEFAULT_PACE).toEqual({ intensity_percent: scan_intensity_percent, check_interval_seconds });
    for (const depth of ['fingerprints', 'content', 'vectors'] as const) {
      expect(pausesEnd(depth, DEFAULT_PACE)).toBe(scanSeconds(depth, DEFAULT_SETTINGS) / 2);
      for (const total of [0, 1e6, 1e7, 3.3e7, 1e9])
        expect(walkersOf(total, depth, DEFAULT_PACE)).toBe(
          walkersOfDomain(
            { depth, total, started_at: new Date(0).toISOString() } as Scan,
            DEFAULT_SETTINGS,
            0,
          ),
        );
    }
  });
});

describe('writes and months', () => {
  test('count documents for chunks', () => {
    const measured = measuring({ create: { write_units: 7 } });

    expect(writesOf(measured, 1_000)).toEqual({ write_units: 700 });
  });

  test('count ticks by the minute, scans by their interval, and what is kept', () => {
    const measured = measuring({
      tick: { lambda_requests: 1 },
      settle: { lambda_requests: 1 },
      scan: { bus_events: 1 },
      change: { write_units: 1 },
      drift: { read_units: 1 },
      repair: { read_units: 10 },
      kept_chunk: { table_gb: 1 },
      kept_write: { table_gb: 100 },
    });
    const corpus = {
      chunks: 5,
      changed_documents: 3,
      drifts: 2,
      ...{ check_interval_seconds: 3600, intensity_percent: 10 },
      retention_months: 2,
    };

    const month = monthOf(measured, corpus);

    expect(month).toMatchObject({
      lambda_requests: 2 * 43_800,
      write_units: 3,
      read_units: 22,
      table_gb: 5 + 3 * 2 * 100,
      metrics: METRICS_OF_A_PROJECT + METRICS_OF_ALL,
    });
    expect(month.bus_events).toBeCloseTo(43_800 / 60 + 30.4 + 30.4 / 7);
  });
});

test('alarms are counted as those of a deployment of one project', () => {
  const template = templateOf({ projects: [{ name: 'notes' }] });
  expect(resourcesOf(template, 'AWS::CloudWatch::Alarm')).toHaveLength(ALARMS_OF_ONE_PROJECT);
  expect(resourcesOf(template, 'AWS::CloudWatch::CompositeAlarm')).toHaveLength(1);
  expect(resourcesOf(template, 'AWS::CloudWatch::Dashboard')).toHaveLength(1);
});

describe('this build', () => {
  const file = new URL('../../infra/measured.json', import.meta.url);
  const measured: Measured = JSON.parse(readFileSync(file, 'utf8'));

  test('scans a million chunks without drift for less than a cent, whatever the intensity', () => {
    for (const intensity_percent of [1, 10, 100]) {
      const pace = { ...DEFAULT_PACE, intensity_percent };
      expect(dollarsOf(scanOf(measured, 1e6, 'fingerprints', pace))).toBeLessThan(0.01);
    }
  });

  test('scans their contents for less than three cents, and writes them for less than a dollar', () => {
    expect(dollarsOf(scanOf(measured, 1e6, 'content', DEFAULT_PACE))).toBeLessThan(0.03);
    expect(dollarsOf(writesOf(measured, 1e6))).toBeLessThan(1);
  });
});

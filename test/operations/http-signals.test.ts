import { beforeAll, describe, expect, test } from 'vitest';
import { METRICS_OF_A_PROJECT, METRICS_OF_ALL } from '../../infra/costs.ts';
import { type Line, type Measured, metricsOf, outputsOf } from '../support/outputs.ts';

const PROJECTS = ['sound', 'troubled', 'unscanned'];
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/;

let lines: Line[];
let all: Measured[];

beforeAll(async () => {
  lines = (await outputsOf('operations/http-signal-run.ts')).lines;
  all = metricsOf(lines);
}, 120_000);

/** What the tick behind a mark said of a project. */
const told = (mark: string, project: string) => {
  const from = lines.findIndex((line) => line.mark === mark);
  const to = lines.findIndex((line, index) => index > from && line.mark === '');
  const gauges = metricsOf(lines.slice(from, to)).filter(
    ({ dimensions }) => dimensions.project === project && dimensions.operation === 'plan-scan',
  );
  return Object.fromEntries(gauges.map(({ name, value }) => [name, value]));
};

describe('the signals of a project', () => {
  test('are quiet where nothing is wrong, but for the age of its scan', () => {
    expect(told('sound', 'sound')).toEqual({
      active_syncs: 0,
      drift_percentage: 0,
      scan_age_seconds: 60,
      oldest_drift_seconds: 0,
      breaker_open_seconds: 0,
      approval_waiting_seconds: 0,
      verified_age_seconds: 65,
    });
  });

  test('count the age of a scan from the registration until there is one', () => {
    expect(told('sound', 'unscanned')).toMatchObject({ scan_age_seconds: 60, verified_age_seconds: 60 });
    expect(told('sound', 'unscanned')).not.toHaveProperty('drift_percentage');
  });

  test('tell how long a difference, a breaker and an approval have waited', () => {
    expect(told('troubled', 'troubled')).toMatchObject({
      drift_percentage: 100 / 3,
      scan_age_seconds: 180,
      oldest_drift_seconds: 180,
      breaker_open_seconds: 180,
      approval_waiting_seconds: 180,
      verified_age_seconds: 240.1,
    });
  });

  test('become quiet again once all of it is mended', () => {
    expect(told('mended', 'troubled')).toMatchObject({
      oldest_drift_seconds: 0,
      breaker_open_seconds: 0,
      approval_waiting_seconds: 0,
    });
  });
});

describe('the dimensions of metrics', () => {
  const seriesOf = (measured: Measured[]) =>
    new Set(measured.map(({ name, dimensions }) => JSON.stringify([name, dimensions])));

  test('are service, stage, operation and one more, and their values are never ids', () => {
    for (const { dimensions } of all) {
      const last = 'project' in dimensions ? 'project' : 'status';
      expect(Object.keys(dimensions)).toEqual(['service', 'stage', 'operation', last]);
      expect(Object.values(dimensions).join()).not.toMatch(UUID);
    }
  });

  test('make no more metrics than the bill counts: some a project, and some that no project adds to', () => {
    const isOfProject = ({ dimensions }: Measured) => 'project' in dimensions;
    for (const name of PROJECTS) {
      const series = seriesOf(all.filter(({ dimensions }) => dimensions.project === name));
      expect(series.size).toBeLessThanOrEqual(METRICS_OF_A_PROJECT);
    }
    expect(seriesOf(all.filter((one) => !isOfProject(one))).size).toBeLessThanOrEqual(METRICS_OF_ALL);
  });

  test('tell of the check of recent writes what it has compared, and how soon a loss was found', () => {
    const checks = all.filter(({ dimensions }) => dimensions.operation === 'check-writes');
    expect(checks.map(({ name, dimensions }) => [name, dimensions.status]).sort()).toEqual([
      ['found_after_seconds', 'found'],
      ['write_checks', 'checked'],
    ]);
  });

  test('leave the correlation id to a property of the line', () => {
    for (const { correlation_id } of all) expect(correlation_id).toMatch(UUID);
  });

  test('put the gauges of a tick into one line', () => {
    const ticks = lines.filter((line) => line._aws && line.operation === 'plan-scan');

    expect(ticks).toHaveLength(3 * PROJECTS.length);
  });
});

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { SECRETS } from './http-edge.ts';

const HERE = import.meta.dirname;
const NODE = join(HERE, '../../node_modules/.bin/node');

interface Line {
  [name: string]: unknown;
  correlation_id?: string;
  _aws?: {
    CloudWatchMetrics: {
      Namespace: string;
      Dimensions: string[][];
      Metrics: { Name: string; Unit: string }[];
    }[];
  };
}

let output: string;
let logs: Line[];
let metrics: Line[];

beforeAll(async () => {
  const env = { PATH: process.env.PATH, AWS_ENDPOINT_URL_DYNAMODB: process.env.AWS_ENDPOINT_URL_DYNAMODB };
  const { stdout, stderr } = await promisify(execFile)(NODE, [join(HERE, 'http-log-run.ts')], {
    env: Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined)),
    maxBuffer: 1e8,
  });
  output = stdout + stderr;
  const lines = output.split('\n').filter((line) => line.startsWith('{'));
  const parsed = lines.map((line): Line => JSON.parse(line));
  logs = parsed.filter((line) => line._aws === undefined);
  metrics = parsed.filter((line) => line._aws !== undefined);
}, 120_000);

describe('what is written to the outputs', () => {
  test('tells of writes, scans, repairs and failures, each line with its correlation id', () => {
    expect(logs.length).toBeGreaterThan(20);
    for (const line of logs) expect(line.correlation_id).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
    const operations = new Set(logs.map(({ operation }) => operation));
    for (const operation of [
      'write-document',
      'operate',
      'query',
      'scan-shard',
      'repair-drift',
      'settle-writes',
      'plan-scan',
    ])
      expect(operations).toContain(operation);
    expect(logs.filter(({ level }) => level === 'ERROR').length).toBeGreaterThanOrEqual(4);
  });

  test('holds no text of any chunk, whatever failed over it', () => {
    expect(output).not.toContain('MARK');
  });

  test('holds no secret', () => {
    for (const secret of Object.values(SECRETS)) expect(output).not.toContain(secret);
  });

  test('tells of an unforeseen error its kind and place, and not its message', () => {
    const [unforeseen] = logs.filter(({ error }) => error === 'TypeError');

    expect(unforeseen?.at).toContain('http-log-run.ts');
    expect(JSON.stringify(unforeseen)).not.toContain("can't embed");
  });
});

describe('metrics', () => {
  const named = (name: string) =>
    metrics.filter(({ _aws }) => _aws?.CloudWatchMetrics[0]?.Metrics[0]?.Name === name);

  test('are those of the seed, in its units, in one namespace', () => {
    const units = new Map(
      metrics.flatMap(({ _aws }) =>
        (_aws?.CloudWatchMetrics ?? []).flatMap(({ Namespace, Metrics }) =>
          Metrics.map(({ Name, Unit }) => [Name, `${Namespace} ${Unit}`] as const),
        ),
      ),
    );
    expect(Object.fromEntries(units)).toEqual({
      sync_operations: 'Lockstep Count',
      sync_duration_seconds: 'Lockstep Seconds',
      drift_percentage: 'Lockstep Percent',
      repair_operations: 'Lockstep Count',
      active_syncs: 'Lockstep Count',
    });
  });

  test('have few dimensions: a project only on the gauges, and never an id', () => {
    const GAUGES = ['drift_percentage', 'active_syncs'];
    for (const { _aws } of metrics)
      for (const { Dimensions, Metrics } of _aws?.CloudWatchMetrics ?? []) {
        const last = GAUGES.includes(Metrics[0]?.Name ?? '') ? 'project' : 'status';
        expect(Dimensions).toEqual([['service', 'stage', 'operation', last]]);
      }
  });

  test('count how writes and repairs end', () => {
    const statuses = (name: string) => new Set(named(name).map(({ status }) => status));

    expect(statuses('sync_operations')).toEqual(new Set(['completed', 'refused', 'failed', 'rolled_back']));
    expect(statuses('repair_operations')).toContain('repaired');
    expect(statuses('repair_operations')).toContain('failed');
    expect(named('drift_percentage')[0]).toMatchObject({
      service: 'lockstep',
      stage: 'test',
      project: 'logged',
    });
  });
});

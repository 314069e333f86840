import { beforeAll, describe, expect, test } from 'vitest';
import { MOST_HOPS } from '../../shared/ports.ts';
import { type Line, type Measured, metricsOf, outputsOf } from '../support/outputs.ts';
import { SECRETS } from './http-edge.ts';

let output: string;
let logs: Line[];
let metrics: Measured[];

beforeAll(async () => {
  const run = await outputsOf('operations/http-log-run.ts');
  output = run.output;
  logs = run.lines.filter((line) => line._aws === undefined);
  metrics = metricsOf(run.lines);
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
  const named = (metric: string) => metrics.filter(({ name }) => name === metric);

  test('are those of the seed and those that alarms watch, each in its unit, in one namespace', () => {
    const units = metrics.map(({ name, namespace, unit }) => [name, `${namespace} ${unit}`] as const);

    expect(Object.fromEntries(units)).toEqual({
      sync_operations: 'Lockstep Count',
      sync_duration_seconds: 'Lockstep Seconds',
      drift_percentage: 'Lockstep Percent',
      repair_operations: 'Lockstep Count',
      active_syncs: 'Lockstep Count',
      scan_age_seconds: 'Lockstep Seconds',
      oldest_drift_seconds: 'Lockstep Seconds',
      breaker_open_seconds: 'Lockstep Seconds',
      approval_waiting_seconds: 'Lockstep Seconds',
      verified_age_seconds: 'Lockstep Seconds',
      messages_dropped: 'Lockstep Count',
      settles_failed: 'Lockstep Count',
    });
  });

  test('count the messages that had come too far, each with a log line of its own', () => {
    const dropped = (operation: string) =>
      named('messages_dropped').filter(({ dimensions }) => dimensions.operation === operation);
    const lines = logs.filter(({ message }) => message === 'message dropped');

    expect(dropped('plan-scan')).toHaveLength(1);
    expect(dropped('scan-shard')).toHaveLength(2);
    expect(named('messages_dropped')[0]).toMatchObject({ value: 1, dimensions: { status: 'hop_budget' } });
    expect(lines.map(({ type, hop }) => [type, hop])).toEqual([
      ['ShardReady', MOST_HOPS + 1],
      ['ScanRequested', MOST_HOPS + 1],
      ['ScanCompleted', MOST_HOPS + 1],
    ]);
  });

  test('count how writes and repairs end', () => {
    const statuses = (name: string) => new Set(named(name).map(({ dimensions }) => dimensions.status));

    expect(statuses('sync_operations')).toEqual(new Set(['completed', 'refused', 'failed', 'rolled_back']));
    expect(statuses('repair_operations')).toContain('repaired');
    expect(statuses('repair_operations')).toContain('failed');
    expect(named('drift_percentage')[0]?.dimensions).toMatchObject({
      service: 'lockstep',
      stage: 'test',
      project: 'logged',
    });
  });
});

import { beforeAll, describe, expect, test } from 'vitest';
import type { Envelope } from '../../shared/ports.ts';
import { type Line, outputsOf } from '../support/outputs.ts';

const ASKED = '11111111-1111-4111-8111-111111111111';

interface Story {
  answer: { headers: Record<string, string>; correlation_id: string };
  scan: { correlation_id: string; repairs: { repaired: number } };
  run: { correlation_id: string };
  events: { event_type: string; correlation_id: string }[];
}

let lines: Line[];
let story: Story;
let ticked: { correlation_id: string };

beforeAll(async () => {
  lines = (await outputsOf('operations/http-trace-run.ts')).lines;
  story = lines.find((line) => line.story)?.story as Story;
  ticked = lines.find((line) => line.ticked)?.ticked as { correlation_id: string };
}, 120_000);

const envelopes = () => lines.flatMap(({ envelope }) => (envelope ? [envelope as Envelope] : []));
const messagesOf = (id: string) =>
  envelopes().flatMap(({ message }) => (message.correlation_id === id ? [message.type] : []));
const operationsOf = (id: string, isMetric: boolean) =>
  new Set(
    lines
      .filter((line) => line.correlation_id === id && (line._aws !== undefined) === isMetric)
      .map(({ operation }) => operation),
  );

describe('the correlation id of a request', () => {
  test('is in its answer and on everything that it started', () => {
    expect(story.answer.headers['x-correlation-id']).toBe(ASKED);
    expect(story.answer.correlation_id).toBe(ASKED);
    expect([story.scan.correlation_id, story.run.correlation_id]).toEqual([ASKED, ASKED]);
    expect(story.scan.repairs.repaired).toBe(1);
  });

  test('travels with every message, to the last worker', () => {
    expect(new Set(messagesOf(ASKED))).toEqual(
      new Set(['ShardReady', 'ScanCompleted', 'DriftDetected', 'RepairRequested', 'RepairCompleted']),
    );
  });

  test('is on the log lines of each function that had a part in it, and on their metrics', () => {
    expect(operationsOf(ASKED, false)).toEqual(new Set(['operate', 'scan-shard', 'repair-drift']));
    expect(operationsOf(ASKED, true)).toEqual(new Set(['scan-shard', 'repair-drift']));
  });

  test('brings back the whole story from the event store', () => {
    const types = story.events.map(({ event_type }) => event_type);

    for (const { correlation_id } of story.events) expect(correlation_id).toBe(ASKED);
    expect(types.sort()).toEqual([
      'drift_detected',
      'drift_scan_completed',
      'drift_scan_started',
      'repair_completed',
      'repair_started',
    ]);
  });
});

describe('the correlation id of a tick', () => {
  test('is that of the scan that it starts, from its log line to the workers', () => {
    const id = ticked.correlation_id;

    expect(id).not.toBe(ASKED);
    expect(operationsOf(id, false)).toEqual(new Set(['plan-scan', 'scan-shard']));
    expect(operationsOf(id, true)).toEqual(new Set(['plan-scan', 'scan-shard']));
    expect(messagesOf(id)).toContain('ScanCompleted');
  });
});

import { beforeAll, expect, test } from 'vitest';
import { request } from './client.ts';
import { eventually } from './eventually.ts';
import { linesOf, metricsOf } from './logs.ts';
import { deleteNode, deletePoint, textsOf } from './stores.ts';

const PROJECT = '/projects/healing';
const TEXTS = ['What stands in the first.', 'What stands in the second.', 'What stands in the third.'];
const ids: string[] = [];

beforeAll(async () => {
  for (const [index, content] of TEXTS.entries()) {
    const { body } = await request('PUT', `${PROJECT}/documents/${index}.md`, { content });
    ids.push(body.chunks[0].chunk_id);
  }
});

test('what is damaged in both stores is found by the schedule and repaired', async () => {
  await deleteNode('healing', ids[0] ?? '');
  await deletePoint('healing', ids[1] ?? '');

  const { body } = await eventually(
    200,
    () => request('GET', `${PROJECT}/drifts?status=repaired`),
    ({ body }) => expect(body.items).toHaveLength(2),
  );

  expect(body.items.map((one: { type: string }) => one.type).sort()).toEqual([
    'missing_in_neo4j',
    'missing_in_qdrant',
  ]);
  expect(await textsOf('healing')).toEqual({ graph: TEXTS, vectors: TEXTS });
});

test('the story of a write is read back by its correlation id', async () => {
  const correlation_id = '0f7c1f6e-5a3e-4a4e-9d58-4c1b9f1f0a11';
  await request(
    'PUT',
    `${PROJECT}/documents/0.md`,
    { content: 'A new text.' },
    { 'x-correlation-id': correlation_id },
  );

  const { body } = await request('GET', `/events?correlation_id=${correlation_id}`);

  expect(body.items.map((one: { event_type: string }) => one.event_type)).toEqual([
    'write_started',
    'neo4j_written',
    'qdrant_written',
    'write_completed',
  ]);
  expect((await linesOf('write-document')).map((line) => line.correlation_id)).toContain(correlation_id);
});

test('one correlation id leads from a scan over its messages to the log lines of its worker', async () => {
  const { body } = await request('GET', `${PROJECT}/scans?limit=1000`);
  const completed = body.items.filter((one: { status: string }) => one.status === 'completed');
  expect(completed.length).toBeGreaterThan(0);
  const scans = completed.map((one: { scan_id: string }) => one.scan_id);
  const told = await eventually(
    60,
    async () =>
      (await linesOf('scan-shard')).filter(({ scan_id, drifts }) => scans.includes(scan_id) && drifts === 2),
    (lines) => expect(lines.length).toBeGreaterThan(0),
  );
  const correlation_id = String(told[0]?.correlation_id);
  const events = (await request('GET', `/events?correlation_id=${correlation_id}`)).body.items;
  expect(events.map((one: { event_type: string }) => one.event_type)).toContain('drift_detected');
});

test('metrics are lines with the dimensions that the alarms watch', async () => {
  const ticked = await eventually(
    130,
    () => metricsOf('plan-scan'),
    (metrics) => expect(metrics.map(({ metric }) => metric)).toContain('drift_percentage'),
  );
  for (const { dimensions } of ticked)
    expect(dimensions).toEqual(['operation', 'project', 'service', 'stage']);
  const repairs = (await metricsOf('repair-drift')).filter(({ metric }) => metric === 'repair_operations');
  expect(repairs.map(({ line }) => line.status)).toContain('repaired');
});

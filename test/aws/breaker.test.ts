import { expect, test } from 'vitest';
import { request } from './client.ts';
import { eventually } from './eventually.ts';
import { deletePoint, textsOf } from './stores.ts';

const PROJECT = '/projects/guarded';

const scanned = async () => {
  const { body } = await request('POST', `${PROJECT}/scans`, { depth: 'fingerprints' });
  await eventually(
    60,
    () => request('GET', `${PROJECT}/scans/${body.scan_id}`),
    (answer) => expect(answer.body.status).toBe('completed'),
  );
};

test('a breaker that a person opens stops repairs, and lets them go on when it is given back', async () => {
  const { body } = await request('PUT', `${PROJECT}/documents/a.md`, { content: 'What stands here.' });
  await request('PUT', `${PROJECT}/documents/b.md`, { content: 'What else stands here.' });
  await request('PUT', `${PROJECT}/breakers`, { dependency: 'vectors', override: 'open' });
  await deletePoint('guarded', body.chunks[0].chunk_id);

  await scanned();
  await eventually(
    60,
    () => request('GET', `${PROJECT}/drifts`),
    (answer) => expect(answer.body.items).toMatchObject([{ reason: 'breaker_open' }]),
  );
  expect((await textsOf('guarded')).vectors).toEqual(['What else stands here.']);

  await request('PUT', `${PROJECT}/breakers`, { dependency: 'vectors', override: 'none' });
  await eventually(
    200,
    () => textsOf('guarded'),
    ({ vectors }) => expect(vectors).toEqual(['What else stands here.', 'What stands here.']),
  );
});

test('thresholds, mode and breakers are changed without a deployment', async () => {
  const { body } = await request('PUT', `${PROJECT}/settings`, { mode: 'observe', alert_above_percent: 7 });

  expect(body).toMatchObject({ mode: 'observe', alert_above_percent: 7, grace_seconds: 1 });
  expect((await request('GET', `${PROJECT}/status`)).body.mode).toBe('observe');
});

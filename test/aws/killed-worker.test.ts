import { expect, test } from 'vitest';
import { request } from './client.ts';
import { eventually } from './eventually.ts';
import { processesOf } from './processes.ts';
import { deletePoint, textsOf } from './stores.ts';

const PROJECT = '/projects/killed';

test('a scan whose worker is killed is finished by the tick', async () => {
  const { body } = await request('PUT', `${PROJECT}/documents/a.md`, { content: 'What stands here.' });
  await request('PUT', `${PROJECT}/documents/b.md`, { content: 'What else stands here.' });
  // A long grace keeps the worker between its two looks.
  await request('PUT', `${PROJECT}/settings`, { grace_seconds: 15, check_interval_seconds: 3600 });
  await deletePoint('killed', body.chunks[0].chunk_id);
  const scan = (await request('POST', `${PROJECT}/scans`, { depth: 'fingerprints' })).body.scan_id;
  await eventually(
    60,
    () => request('GET', `${PROJECT}/scans/${scan}`),
    (answer) => expect(answer.body).toMatchObject({ status: 'running', compared: 2 }),
  );

  const workers = await processesOf('lockstep-test-scan-shard');
  expect(workers.length).toBeGreaterThan(0);
  for (const worker of workers) process.kill(worker, 'SIGKILL');

  const finished = await eventually(
    220,
    () => request('GET', `${PROJECT}/scans/${scan}`),
    (answer) => expect(answer.body.status).toBe('completed'),
  );
  expect(finished.body).toMatchObject({ compared: 2, drifts: { missing_in_qdrant: 1 } });
  await eventually(
    120,
    () => textsOf('killed'),
    ({ vectors }) => expect(vectors).toEqual(['What else stands here.', 'What stands here.']),
  );
});

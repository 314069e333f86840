import { expect, test } from 'vitest';
import { request } from './client.ts';
import { eventually } from './eventually.ts';
import { deletePoint } from './stores.ts';
import { whileHeld } from './streams.ts';

const PROJECT = '/projects/recent';

test('a point that is lost at once after its write is found by the stream of events, before any scan', async () => {
  await request('PUT', `${PROJECT}/documents/first.md`, { content: 'Registers the project.' });
  // No scan is due while this test runs, however long the stream takes here.
  await request('PUT', `${PROJECT}/settings`, { check_interval_seconds: 3600 });
  // MiniStack knows no batching window: a check could be over between the write's end and the loss.
  const { body } = await whileHeld('check-writes', async () => {
    const written = await request('PUT', `${PROJECT}/documents/a.md`, { content: 'What was acknowledged.' });
    await deletePoint('recent', written.body.chunks[0].chunk_id);
    return written;
  });

  const { body: found } = await eventually(
    60,
    () => request('GET', `${PROJECT}/drifts`),
    ({ body }) => expect(body.items).toHaveLength(1),
  );

  const [{ chunk_id }] = body.chunks;
  expect(found.items).toMatchObject([{ chunk_id, type: 'missing_in_qdrant', scan_id: null }]);
  const { body: story } = await request('GET', `/events?correlation_id=${body.correlation_id}`);
  expect(story.items.at(-1)).toMatchObject({ event_type: 'drift_detected', file_path: 'a.md' });
});

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chunkId } from '../../shared/domain/chunk.ts';
import type { Retention } from '../../shared/domain/retention.ts';
import { type Edge, freshName, localEdge } from './http-edge.ts';

const DAY = 86_400_000;

let edge: Edge;
let project: string;
let began: number;

beforeAll(async () => {
  edge = await localEdge();
});
afterAll(() => edge.stop());
/** A document of two versions, ten days apart, and one that comes after both. */
beforeEach(async () => {
  project = freshName();
  began = edge.world.clock.now();
  await put('a.md', 'one');
  edge.world.clock.advance(10 * DAY);
  await put('a.md', 'two');
  edge.world.clock.advance(10 * DAY);
  await put('b.md', 'three');
});

const put = (path: string, content: string) =>
  edge.send('PUT', `/projects/${project}/documents/${path}`, { body: { chunks: [{ content }] } });
const day = (days: number, ms = 0) => new Date(began + days * DAY + ms).toISOString();
/** Goes to a day since the project began. */
const goTo = (days: number) => edge.world.clock.advance(began + days * DAY - edge.world.clock.now());
const get = async (rest: string) => (await edge.send('GET', `/projects/${project}/${rest}`)).json;
const was = (days: number) => get(`documents/a.md?at=${day(days)}`);
const restored = (since: number, until: number): Retention['restored'][number] => ({
  since: day(since),
  until: day(until),
  expires_at: '2100-01-01T00:00:00.000Z',
});

describe('a time whose events have gone', () => {
  test('is told while they are there, and refused with 410 once they are not', async () => {
    goTo(395);
    expect(await was(5)).toMatchObject({ version: 1, state: 'present' });

    goTo(396);
    expect(await was(5)).toMatchObject({ status: 410, code: 'archived', archived_before: day(1) });
  });

  test('is told all the same where nothing has changed since', async () => {
    goTo(500);

    expect(await was(15)).toMatchObject({ version: 2, state: 'present' });
    expect((await was(15)).chunks).toMatchObject([{ chunk_id: chunkId(project, 'a.md', 0) }]);
    expect(await get(`documents/b.md?at=${day(30)}`)).toMatchObject({ version: 1, state: 'present' });
  });

  test('is not taken for a time at which there was no document, nor the other way round', async () => {
    goTo(400);

    expect(await get(`documents/b.md?at=${day(8)}`)).toMatchObject({ status: 404 });
    goTo(500);
    expect(await get(`documents/b.md?at=${day(8)}`)).toMatchObject({ status: 410 });
    expect(await was(-1)).toMatchObject({ status: 404 });
  });

  test('is marked in a listing of documents', async () => {
    goTo(400);

    const listing = await get(`documents?at=${day(8)}`);

    const archived = { project, file_path: 'a.md', version: null, state: 'archived', at: day(8) };
    expect(listing).toEqual({ items: [{ ...archived, chunk_count: null }], archived_before: day(5) });
    expect((await get(`documents?at=${day(30)}`)).archived_before).toBeUndefined();
  });

  test('is named by every listing of events that reaches into it, and by the story of a chunk', async () => {
    goTo(400);

    const events = await get('events');

    expect(events.archived_before).toBe(day(5));
    expect(events.items[0].timestamp).toBe(day(10));
    expect((await get(`events?since=${day(5)}`)).archived_before).toBeUndefined();
    expect((await get(`events?until=${day(3)}`)).archived_before).toBe(day(5));
    expect((await get('failures')).archived_before).toBe(day(5));
    expect((await get(`failures?since=${day(6)}`)).archived_before).toBeUndefined();
    expect((await get(`chunks/${chunkId(project, 'a.md', 0)}`)).archived_before).toBe(day(5));
  });

  test('stays refused where what was put back does not reach up to it', async () => {
    goTo(100);
    const events = (await get(`events?until=${day(1)}`)).items.map(
      ({ event_id }: { event_id: string }) => event_id,
    );
    const story = (await edge.world.events.byDocument(project, 'a.md', { limit: 100 })).items;
    goTo(500);
    for (const event of story.filter(({ event_id }) => events.includes(event_id)))
      await edge.world.events.restore(event, '2100-01-01T00:00:00.000Z');

    await edge.world.projects.recordRestored(project, restored(0, 3));
    const during = [await was(2), await was(5)];
    await edge.world.projects.recordRestored(project, restored(3, 9));

    expect(during).toMatchObject([{ version: 1, state: 'present' }, { status: 410 }]);
    expect(await was(5)).toMatchObject({ version: 1, state: 'present' });
    expect((await get(`events?until=${day(9)}`)).archived_before).toBeUndefined();
    expect((await get('events')).archived_before).toBe(day(105));
  });

  test('lies in a gap where the retention was shortened', async () => {
    goTo(5000);
    const from = edge.world.clock.now();
    await put('c.md', 'before');
    edge.world.clock.advance(DAY);
    await edge.send('PUT', `/projects/${project}/settings`, { body: { retention_days: 1 } });
    edge.world.clock.advance(DAY);
    await put('c.md', 'within');
    edge.world.clock.advance(100 * DAY);
    await put('c.md', 'after');

    const at = (days: number) => get(`documents/c.md?at=${new Date(from + days * DAY).toISOString()}`);

    expect(await at(0.5)).toMatchObject({ version: 1 });
    expect(await at(50)).toMatchObject({ status: 410 });
    expect(await at(102)).toMatchObject({ version: 3 });
  });
});

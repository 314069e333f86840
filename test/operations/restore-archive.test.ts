import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { archiveEvents } from '../../functions/archive-events.ts';
import type { SyncEvent } from '../../shared/domain/event.ts';
import { restoreArchive } from '../../shared/operations/restore-archive.ts';
import { ALWAYS, allOf } from '../contracts/archive.ts';
import { failing } from '../support/failing.ts';
import { recordsOf } from '../support/stream.ts';
import { type Edge, freshName, localEdge } from './http-edge.ts';

const DAY = 86_400_000;

let edge: Edge;
let project: string;
let began: number;
let story: SyncEvent[];
let told: SyncEvent[];

beforeAll(async () => {
  edge = await localEdge();
});
afterAll(() => edge.stop());
/** Two versions of a document, ten days apart, archived, and gone from the event store 500 days later. */
beforeEach(async () => {
  project = freshName();
  began = edge.world.clock.now();
  await put('one');
  edge.world.clock.advance(10 * DAY);
  await put('two');
  story = await history();
  told = (await edge.world.events.byProject(project, ALWAYS, { limit: 100 })).items;
  await archiveAll();
  goTo(500);
});

const put = (content: string) =>
  edge.send('PUT', `/projects/${project}/documents/a.md`, { body: { chunks: [{ content }] } });
const history = async () => (await edge.world.events.byDocument(project, 'a.md', { limit: 100 })).items;
const archiveAll = async () => {
  const records = await recordsOf(edge.events);
  return await archiveEvents(edge.deps)(JSON.parse(JSON.stringify({ Records: records })));
};
const day = (days: number) => new Date(began + days * DAY).toISOString();
const goTo = (days: number) => edge.world.clock.advance(began + days * DAY - edge.world.clock.now());
const get = async (rest: string) => (await edge.send('GET', `/projects/${project}/${rest}`)).json;
const restore = (since: number, until: number, world = edge.world, days = 30) =>
  restoreArchive(
    { ...world, archive: edge.deps.archive },
    { project, since: day(since), until: day(until), days },
  );

describe('a period that is put back', () => {
  test.each([
    ['that TTL has not collected yet', async () => undefined],
    [
      'that are collected',
      async () => {
        for (const { stream, position } of told)
          await edge.events.client.send(
            new DeleteCommand({ TableName: edge.events.tableName, Key: { pk: stream, sk: position } }),
          );
      },
    ],
  ])('brings back identical events, of those %s', async (_, collect) => {
    await collect();
    expect(await history()).toEqual([]);

    const restored = await restore(-1, 11);

    const counts = { stored: told.length, there: 0, conflicts: [], answers_until: day(530) };
    expect(restored).toMatchObject(counts);
    expect(await history()).toEqual(story);
    expect((await edge.world.events.byProject(project, ALWAYS, { limit: 100 })).items).toEqual(told);
  });

  test('answers queries again, until it goes again', async () => {
    const asked = `documents/a.md?at=${day(5)}`;
    expect(await get(asked)).toMatchObject({ status: 410, code: 'archived' });

    await restore(0, 11);

    expect(await get(asked)).toMatchObject({ version: 1, state: 'present' });
    expect((await get(`events?until=${day(11)}`)).archived_before).toBeUndefined();
    expect((await get('events')).items).toHaveLength(told.length);
    goTo(531);
    expect(await get(asked)).toMatchObject({ status: 410 });
  });

  test('is put back once, and finished where it was interrupted', async () => {
    const { world } = failing(edge.world, { port: 'events', methods: ['restore'], hits: (call) => call > 4 });
    await expect(restore(0, 11, world as Edge['world'])).rejects.toThrow('cut off');
    expect(await get(`documents/a.md?at=${day(5)}`)).toMatchObject({ status: 410 });
    edge.world.clock.advance(3 * DAY);

    const finished = await restore(0, 11);
    const again = await restore(0, 11);

    expect(finished).toMatchObject({ there: 4, stored: told.length - 4, answers_until: day(530) });
    expect(again).toMatchObject({ stored: 0, there: told.length, answers_until: day(530) });
    expect(await history()).toEqual(story);
  });

  test('is not archived again', async () => {
    const before = await allOf(edge.deps.archive.days(project));

    await restore(0, 11);
    expect(await archiveAll()).toEqual({ batchItemFailures: [] });

    expect(await allOf(edge.deps.archive.days(project))).toEqual(before);
  });

  test('counts only as far as the event store has lost it', async () => {
    goTo(400);

    await restore(0, 20);

    expect((await edge.world.projects.retention(project)).restored).toEqual([
      { since: day(0), until: day(5), expires_at: day(430) },
    ]);
  });

  test('does not count where another fact stands in its way, which it leaves alone', async () => {
    const [first] = story as [SyncEvent];
    await edge.world.events.restore({ ...first, status: 'another' }, day(600));

    const { conflicts, answers_until, stored } = await restore(0, 11);

    const { event_id, stream, position } = first;
    expect(conflicts).toEqual([{ event_id, stream, position }]);
    expect(answers_until).toBeUndefined();
    expect(stored).toBe(told.length - 1);
    expect((await history())[0]?.status).toBe('another');
    expect(await get(`documents/a.md?at=${day(5)}`)).toMatchObject({ status: 410 });
  });

  test('does not count where the archive holds nothing of it, and is refused where it can be none', async () => {
    expect(await restore(20, 30)).toMatchObject({ stored: 0, there: 0 });
    expect((await edge.world.projects.retention(project)).restored).toEqual([]);

    await expect(restore(5, 5)).rejects.toThrow('ends before it begins');
    project = freshName();
    await expect(restore(0, 11)).rejects.toThrow('there is no project');
  });
});

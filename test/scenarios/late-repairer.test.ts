import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeDocument } from '../../shared/operations/put-document.ts';
import { repairBatch } from '../../shared/operations/repair.ts';
import { settleWrites } from '../../shared/operations/settle-writes.ts';
import { damageTo } from '../support/damage.ts';
import { badlyEnded } from '../support/history.ts';
import { guarded } from '../support/mortal.ts';
import { requestRun } from '../support/repairs.ts';
import { everything, textsOf } from '../support/stores.ts';
import { aStory, PATH } from '../support/story.ts';

let story: Awaited<ReturnType<typeof aStory>>;
beforeEach(async () => {
  story = await aStory(3);
  await damageTo(story).deletePoints([lost()]);
});
afterEach(() => story.stop());

const lost = () => story.ids[1] ?? '';
const MINUTES = 2 * 60_000;

/** The same process, put to sleep beyond its lease at one call of a port, while `meanwhile` happens. */
const asleepAt = (port: 'embedder' | 'vectors', method: string, meanwhile: () => Promise<unknown>) => {
  let isAwake = true;
  const around = async (act: () => unknown, called: string) => {
    if (isAwake && called === method) {
      isAwake = false;
      story.world.clock.advance(MINUTES);
      await meanwhile();
    }
    return await act();
  };
  return { ...story.world, [port]: guarded(story.world[port] as object, around) };
};

const settle = () => settleWrites(story.world, () => MINUTES);
const removed = async () => {
  await settle();
  await removeDocument(story.world, {
    project: story.project,
    file_path: PATH,
    correlation_id: randomUUID(),
  });
};

const repair = async (world: typeof story.world) =>
  repairBatch(world, {
    project: story.project,
    repair_id: await requestRun(story, [lost()]),
    chunk_ids: [lost()],
    caller: randomUUID(),
  });

test('a repairer past its lease takes its point back from a document that was removed meanwhile', async () => {
  const rows = await repair(asleepAt('vectors', 'apply', removed));

  expect(rows).toMatchObject([{ outcome: 'failed' }]);
  expect([...(await everything(story.world.vectors, story.project)).keys()]).toEqual([]);
  expect(await badlyEnded(story, PATH)).toEqual([]);
});

test('a repairer past its lease leaves its point to a document that still means it', async () => {
  await repair(asleepAt('vectors', 'apply', settle));

  expect(await textsOf(story.world, story.project, PATH)).toEqual(story.texts);
  expect((await story.world.documents.head(story.project, PATH))?.open).toBeUndefined();
});

test('a repairer past its lease writes nothing more, and frees its document', async () => {
  const rows = await repair(asleepAt('embedder', 'embed', async () => undefined));

  expect(rows).toMatchObject([{ outcome: 'failed', error: 'the repair ran past its deadline' }]);
  expect((await story.world.vectors.read(story.project, [lost()])).size).toBe(0);
  expect((await story.world.documents.head(story.project, PATH))?.open).toBeUndefined();
  expect(await badlyEnded(story, PATH)).toEqual([]);
});

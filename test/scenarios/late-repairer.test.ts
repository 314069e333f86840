import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Seen } from '../../shared/domain/lane.ts';
import { removeDocument } from '../../shared/operations/put-document.ts';
import { repairBatch } from '../../shared/operations/repair.ts';
import { settleWrites } from '../../shared/operations/settle-writes.ts';
import { damageTo } from '../support/damage.ts';
import { driftsOf, scanThrough } from '../support/drive.ts';
import { badlyEnded } from '../support/history.ts';
import { guarded } from '../support/mortal.ts';
import { requestRun, requestShare } from '../support/repairs.ts';
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
const SEEN: Seen = {
  type: 'missing_in_qdrant',
  cause: 'lost_write',
  scan_id: null,
  depth: 'fingerprints',
  first_seen: '2026-11-24T11:00:00.000Z',
  last_seen: '2026-11-24T11:00:00.000Z',
};

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

test('a worker past its lease of a share ends no drift that was found since', async () => {
  const { world, project } = story;
  const repair_id = await requestShare(story, [{ chunk_id: lost(), file_path: PATH, seen: SEEN }]);
  const share = { project, repair_id, chunk_ids: [], share: 0 };
  const walkedOnAndLost = async () => {
    await repairBatch(world, { ...share, caller: randomUUID() });
    await damageTo(story).deletePoints([lost()]);
    await world.projects.changeSettings(project, { mode: 'observe' });
    await scanThrough(story, 'fingerprints');
  };
  let isAwake = true;
  const documents = guarded(world.documents, async (act, method) => {
    const answer = await act();
    if (isAwake && method === 'close') {
      isAwake = false;
      world.clock.advance(MINUTES);
      await walkedOnAndLost();
    }
    return answer;
  });

  const rows = await repairBatch({ ...world, documents }, { ...share, caller: randomUUID() });

  expect(rows).toEqual([]);
  expect((await driftsOf(story)).get(lost())?.status).toBe('open');
  expect(await world.repairs.get(project, repair_id)).toMatchObject({ status: 'completed' });
});

test('another’s point that came first under the id is not taken for ours, whatever it says of itself', async () => {
  const { world, project, ids } = story;
  const other = ids[2] ?? '';
  const point = (await world.vectors.read(project, [other])).get(other);
  await damageTo(story).deletePoints([other]);
  const chunks = [lost(), other].map((chunk_id) => ({ chunk_id, file_path: PATH }));
  const repair_id = await requestShare(story, chunks);
  const vectors = guarded(world.vectors, async (act, method) => {
    if (method === 'apply') {
      const payload = { ...point, write_id: 'another', project };
      await damageTo(story).upsertPoint(other, payload, new Array(384).fill(0.1));
    }
    return await act();
  });

  const share = { project, repair_id, chunk_ids: [], share: 0, caller: randomUUID() };
  const rows = await repairBatch({ ...world, vectors }, share);

  expect(new Map(rows.map(({ chunk_id, outcome }) => [chunk_id, outcome]))).toEqual(
    new Map([
      [lost(), 'repaired'],
      [other, 'failed'],
    ]),
  );
});

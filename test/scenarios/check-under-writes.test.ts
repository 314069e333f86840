import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkWrites } from '../../shared/operations/check-writes.ts';
import { writeDocument } from '../../shared/operations/write-document.ts';
import { endedWrites } from '../support/checks.ts';
import { damageTo } from '../support/damage.ts';
import { aWrite, targetsOf } from '../support/documents.ts';
import { driftsOf } from '../support/drive.ts';
import { RACES } from '../support/effort.ts';
import { scheduled, writeAll } from '../support/scheduled.ts';
import { textsOf } from '../support/stores.ts';
import { type LocalWorld, localWorld } from '../support/world.ts';

const PATHS = ['a.md', 'b.md'];
const BEFORE = ['one', 'two', 'three'];
/** An edit, a longer text, a shorter one, and the end of the document. */
const EDITS = [['one', 'zwei', 'three'], ['one', 'two', 'three', 'four', 'five'], ['uno'], []];
const STILL = 'still.md';
/** Each is a project of its own. */
const ROUNDS = Math.ceil(5 + RACES / 40);

let shared: LocalWorld;
beforeAll(async () => {
  shared = await localWorld();
});
afterAll(() => shared.stop());

/** A project with a document that nobody writes any more, of which a point and a node are lost. */
const aProject = async (): Promise<{ local: LocalWorld; lost: string[] }> => {
  const local = { ...shared, project: `t-${randomUUID().slice(0, 13)}` };
  const texts = ['Still one.', 'Still two.', 'Still three.'];
  await writeDocument(local.world, aWrite(local.project, STILL, texts));
  for (const path of PATHS) await writeDocument(local.world, aWrite(local.project, path, BEFORE));
  const [point = '', node = ''] = targetsOf(local.project, STILL, texts).map(({ chunk }) => chunk.chunk_id);
  await damageTo(local).deletePoints([point]);
  await damageTo(local).deleteNodes([node]);
  await local.world.projects.changeSettings(local.project, { grace_seconds: 1 });
  return { local, lost: [point, node] };
};

const histories = fc.array(
  fc.tuple(fc.constantFrom(...PATHS), fc.array(fc.constantFrom(...EDITS), { minLength: 1, maxLength: 4 })),
  { minLength: 2, maxLength: 3 },
);

describe('the check of recent writes under writes on the same documents', () => {
  test('finds what is lost of the document that stands still, and nothing else', async () => {
    const holds = fc.asyncProperty(fc.scheduler(), histories, async (scheduler, edits) => {
      const { local, lost } = await aProject();
      const turns = scheduled(local.world, scheduler);
      const ended = async () =>
        (await Promise.all([STILL, ...PATHS].map((path) => endedWrites(local, path)))).flat();
      const rung = await ended();

      const writing = edits.map(([path, texts]) => writeAll(turns, local.project, path, texts));
      const checking = [1, 2].map(() => checkWrites(turns, rung, () => 600_000));
      await scheduler.waitFor(Promise.all([...checking, ...writing]));
      await checkWrites(local.world, await ended(), () => 600_000);

      expect([...(await driftsOf(local)).keys()].sort()).toEqual(lost.toSorted());
      for (const { failed } of await Promise.all(checking)) expect(failed).toEqual([]);
      for (const path of PATHS) await textsOf(local.world, local.project, path);
    });
    await fc.assert(holds, { numRuns: ROUNDS, endOnFailure: true });
  });
});

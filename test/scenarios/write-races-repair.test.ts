import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { repairBatch } from '../../shared/operations/repair.ts';
import { settleWrites } from '../../shared/operations/settle-writes.ts';
import { writeDocument } from '../../shared/operations/write-document.ts';
import { damageTo } from '../support/damage.ts';
import { aWrite, targetsOf } from '../support/documents.ts';
import { EAGER } from '../support/drive.ts';
import { RACES } from '../support/effort.ts';
import { requestRun } from '../support/repairs.ts';
import { scheduled } from '../support/scheduled.ts';
import { textsOf } from '../support/stores.ts';
import { type LocalWorld, localWorld } from '../support/world.ts';

const OLD = ['one', 'two'];
const NEW = ['one', 'zwei'];

let local: LocalWorld;
let races = 0;
beforeAll(async () => {
  local = await localWorld();
  await writeDocument(local.world, aWrite(local.project, 'first.md', ['registers the project']));
  await local.world.projects.changeSettings(local.project, { ...EAGER, grace_seconds: 0 });
});
afterAll(() => local.stop());

const damages = [
  (id: string) => damageTo(local).deletePoints([id]),
  (id: string) => damageTo(local).deleteNodes([id]),
  (id: string) => damageTo(local).setPayload(id, { content: 'damaged' }),
  (id: string) => damageTo(local).setNode(id, { content: 'damaged' }),
];

/** A race looks at all that the project holds: the next one is to find no more than this one did. */
const forget = async (path: string) => {
  const ids = targetsOf(local.project, path, OLD).map(({ chunk }) => chunk.chunk_id);
  await damageTo(local).deleteNodes(ids);
  await damageTo(local).deletePoints(ids);
};

describe('a write racing a repair of the same chunk', () => {
  test('never loses the newer text, whatever the interleaving', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.nat(damages.length - 1), async (scheduler, kind) => {
        const path = `race-${races++}.md`;
        await writeDocument(local.world, aWrite(local.project, path, OLD));
        const id = targetsOf(local.project, path, OLD)[1]?.chunk.chunk_id ?? '';
        await damages[kind]?.(id);
        const run = await requestRun(local, [id]);
        const world = scheduled(local.world, scheduler);

        const writing = writeDocument(world, aWrite(local.project, path, NEW)).then(
          () => 'written',
          () => 'refused',
        );
        const repairing = repairBatch(world, {
          project: local.project,
          repair_id: run,
          chunk_ids: [id],
          caller: randomUUID(),
        });
        await scheduler.waitFor(Promise.all([writing, repairing]));
        local.world.clock.advance(10 * 60_000);
        await settleWrites(local.world, () => 600_000);

        const texts = await textsOf(local.world, local.project, path).catch((error) => error);
        const isWritten = (await writing) === 'written';
        if (isWritten) expect(texts).toEqual(NEW);
        else expect(texts).toEqual(OLD);
        await forget(path);
      }),
      { numRuns: RACES, endOnFailure: true },
    );
  });
});

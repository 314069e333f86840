import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { chunkId } from '../../shared/domain/chunk.ts';
import { repairBatch } from '../../shared/operations/repair.ts';
import { requestRepairs } from '../../shared/operations/request-repairs.ts';
import { settleWrites } from '../../shared/operations/settle-writes.ts';
import type { World } from '../../shared/operations/world.ts';
import { writeDocument } from '../../shared/operations/write-document.ts';
import { damageTo } from '../support/damage.ts';
import { aWrite } from '../support/documents.ts';
import { driftsOf, EAGER, scanThrough } from '../support/drive.ts';
import { Death, mortalAt } from '../support/mortal.ts';
import { textsOf } from '../support/stores.ts';
import { type LocalWorld, localWorld } from '../support/world.ts';

const PATH = 'a.md';
const TEXTS = Array.from({ length: 20 }, (_, index) => `Text ${index}`);
const MINUTES = 10 * 60_000;

let local: LocalWorld;
let id: string;
beforeEach(async () => {
  local = await localWorld();
  id = chunkId(local.project, PATH, 3);
});
afterEach(() => local.stop());

const pointNow = async () => (await local.world.vectors.read(local.project, [id], { vectors: true })).get(id);

const written = async (vector?: number[]) => {
  const request = aWrite(local.project, PATH, TEXTS);
  const targets = request.targets.map((target) => ({ ...target, ...(vector ? { vector } : {}) }));
  await writeDocument(local.world, { ...request, targets });
  await local.world.projects.changeSettings(local.project, EAGER);
};

/** The world as it is once another model has been configured, whose vectors have the same length. */
const withOtherModel = (): World => {
  const { embedder } = local.world;
  const embed = (texts: string[]) => embedder.embed(texts.map((text) => `${text} otherwise`));
  return { ...local.world, embedder: { model: 'another', dimension: embedder.dimension, embed } };
};

describe('a lost point', () => {
  test("gets the caller's own vector back, which its node has kept", async () => {
    const own = Array.from({ length: local.world.embedder.dimension }, (_, index) => (index === 7 ? 1 : 0));
    await written(own);
    await damageTo(local).deletePoints([id]);

    await scanThrough(local, 'fingerprints');

    const point = await pointNow();
    expect([point?.embedding_model, point?.vector]).toEqual(['caller', own]);
  });

  test('gets no vector of another model than the project is of, and says which are at odds', async () => {
    await written();
    await damageTo(local).deletePoints([id]);

    const { rows } = await scanThrough(
      { ...local, world: withOtherModel() as LocalWorld['world'] },
      'fingerprints',
    );

    expect(rows).toMatchObject([{ outcome: 'failed', error: expect.stringContaining('another (384)') }]);
    expect(await pointNow()).toBeUndefined();
    expect((await driftsOf(local)).get(id)?.status).toBe('open');
  });
});

test('a dead write is not settled with vectors of another model, and is once the own one is back', async () => {
  await written();
  const [doomed, texts] = [mortalAt(local.world, 'vectors.apply', 'before').world, [...TEXTS, 'One more']];
  await expect(writeDocument(doomed, aWrite(local.project, PATH, texts))).rejects.toBeInstanceOf(Death);
  local.world.clock.advance(MINUTES);

  const first = await settleWrites(withOtherModel(), () => MINUTES);
  const second = await settleWrites(local.world, () => MINUTES);

  expect([first.settled.length, first.failed.length]).toEqual([0, 1]);
  expect(second.settled).toMatchObject([{ outcome: 'rolled_forward' }]);
  expect(await textsOf(local.world, local.project, PATH)).toEqual(texts);
});

test('a repair by a person’s authority that dies after its decision leaves what the person chose', async () => {
  await written();
  const { world, project } = local;
  await damageTo(local).setNode(id, { content: 'right by a person' });
  await damageTo(local).setPayload(id, { content: 'wrong' });
  const asked = { project, chunk_ids: [id], authority: 'neo4j' as const, correlation_id: randomUUID() };
  await requestRepairs(world, asked);
  const [bell] = world.bus.take('RepairRequested');
  const { world: doomed } = mortalAt(world, 'documents.decide', 'after');
  const dying = repairBatch(doomed, { ...asked, repair_id: '', ...bell?.message, caller: randomUUID() });
  await expect(dying).rejects.toBeInstanceOf(Death);

  world.clock.advance(MINUTES);
  await settleWrites(world, () => MINUTES);
  await world.projects.changeSettings(project, { mode: 'observe' });

  expect((await scanThrough(local, 'content')).scan.sums.drifts).toEqual({});
  expect((await textsOf(world, project, PATH))[3]).toBe('right by a person');
});

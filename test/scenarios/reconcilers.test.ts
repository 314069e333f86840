import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { repairBatch } from '../../shared/operations/repair.ts';
import { damageTo } from '../support/damage.ts';
import { driftsOf, EAGER, scanThrough } from '../support/drive.ts';
import { failing } from '../support/failing.ts';
import { requestRun } from '../support/repairs.ts';
import { textsOf } from '../support/stores.ts';
import { aStory, PATH } from '../support/story.ts';
import type { LocalWorld } from '../support/world.ts';

let local: LocalWorld & { ids: string[]; texts: string[] };
afterEach(() => local.stop());

const repair = (world: LocalWorld['world'], repair_id: string, chunk_ids: string[]) =>
  repairBatch(world, { project: local.project, repair_id, chunk_ids, caller: randomUUID() });
const eventsOf = async (type: string) => {
  const { items } = await local.world.events.byDocument(local.project, PATH, { limit: 1000 });
  return items.filter(({ event_type }) => event_type === type);
};

describe('concurrent reconcilers', () => {
  test('three of them on one chunk repair it once', async () => {
    local = await aStory(4);
    await damageTo(local).deletePoints([local.ids[1] ?? '']);
    const run = await requestRun(local, [local.ids[1] ?? '']);

    const rows = await Promise.all([1, 2, 3].map(() => repair(local.world, run, [local.ids[1] ?? ''])));

    expect(rows.flat().filter(({ outcome }) => outcome === 'repaired')).toHaveLength(1);
    expect(await eventsOf('repair_completed')).toHaveLength(1);
    expect(await textsOf(local.world, local.project, PATH)).toEqual(local.texts);
  });
});

describe('reconciliation loop', () => {
  test('a chunk that breaks again and again is parked after three repairs in a day', async () => {
    local = await aStory(3);
    const id = local.ids[0] ?? '';
    const mendings = [];
    for (let round = 0; round < 4; round++) {
      await damageTo(local).deletePoints([id]);
      mendings.push((await scanThrough(local, 'fingerprints')).rows[0]);
    }

    expect(mendings.map((row) => row?.reason ?? row?.outcome)).toEqual([
      'repaired',
      'repaired',
      'repaired',
      'loop',
    ]);
    expect((await driftsOf(local)).get(id)).toMatchObject({ status: 'parked', reason: 'loop' });
    expect(await eventsOf('repair_loop_detected')).toHaveLength(1);
  });
});

describe('exponential backoff', () => {
  test('attempts wait twice as long each time, and stop after three', async () => {
    local = await aStory(3);
    const id = local.ids[0] ?? '';
    await damageTo(local).deletePoints([id]);
    const { world, heal } = failing(local.world, { port: 'vectors', methods: ['apply'], kind: 'refused' });
    const attempt = async () => {
      const run = await requestRun(local, [id], {
        named: false,
        scan_id: randomUUID(),
        approved: { copy_to_qdrant: 9 },
      });
      const [row] = await repair(world, run, [id]);
      local.world.clock.advance(61_000);
      return row?.reason ?? row?.outcome;
    };
    const { scan } = await scanThrough(
      { ...local, world: { ...local.world, bus: { ...local.world.bus, publish: local.world.bus.publish } } },
      'counts',
    );
    expect(scan.status).toBe('completed');
    await local.world.projects.changeSettings(local.project, { mode: 'observe' });
    await scanThrough(local, 'fingerprints');
    await local.world.projects.changeSettings(local.project, EAGER);

    expect([await attempt(), await attempt(), await attempt()]).toEqual(['failed', 'failed', 'failed']);
    expect(await attempt()).toBe('attempts_exhausted');
    heal();
    expect((await local.world.drifts.history(local.project, PATH, [id])).get(id)).toMatchObject({
      attempts: 3,
    });
  });

  test('an attempt before its time is put off', async () => {
    local = await aStory(3);
    const id = local.ids[0] ?? '';
    await damageTo(local).deletePoints([id]);
    const now = new Date(local.world.clock.now()).toISOString();
    const { project } = local;
    for (const version of [0, 1])
      await local.world.drifts.recordAttempt({
        ...{ project, file_path: PATH, version, at: now },
        ...{ tried: [id], repaired: [] },
      });

    expect((await repair(local.world, await requestRun(local, [id]), [id]))[0]).toMatchObject({
      reason: 'backoff',
    });
    local.world.clock.advance(2_000);
    expect((await repair(local.world, await requestRun(local, [id]), [id]))[0]).toMatchObject({
      outcome: 'repaired',
    });
  });
});

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { chunkId } from '../../shared/domain/chunk.ts';
import { repairBatch } from '../../shared/operations/repair.ts';
import { restoreQuarantine } from '../../shared/operations/restore-quarantine.ts';
import { settleWrites } from '../../shared/operations/settle-writes.ts';
import { writeDocument } from '../../shared/operations/write-document.ts';
import { damageTo } from '../support/damage.ts';
import { aWrite } from '../support/documents.ts';
import { EAGER, scanThrough } from '../support/drive.ts';
import { badlyEnded, eventsOfDocument } from '../support/history.ts';
import { guarded } from '../support/mortal.ts';
import { requestRun } from '../support/repairs.ts';
import { textsOf } from '../support/stores.ts';
import { type LocalWorld, localWorld } from '../support/world.ts';

const PATH = 'a.md';
const TEXTS = ['one', 'two', 'three'];

let local: LocalWorld;
beforeEach(async () => {
  local = await localWorld();
  await writeDocument(local.world, aWrite(local.project, PATH, TEXTS));
  await local.world.projects.changeSettings(local.project, EAGER);
});
afterEach(() => local.stop());

const idOf = (index: number) => chunkId(local.project, PATH, index);

/** The same world, where one method of a port throws what no port promises. */
const astonishing = (port: 'graph' | 'vectors', method: string): LocalWorld['world'] => {
  const around = (act: () => unknown, called: string) => {
    if (called === method) throw new RangeError('nobody thought of this');
    return act();
  };
  return { ...local.world, [port]: guarded(local.world[port], around) };
};

const openOperation = async () => (await local.world.documents.head(local.project, PATH))?.open;

test('a repair that meets an error nobody foresaw frees its document, and its run ends', async () => {
  const { world, project } = local;
  const lost = [idOf(0), idOf(1)];
  await damageTo(local).deletePoints(lost);
  const repair_id = await requestRun(local, lost);

  const rows = await repairBatch(astonishing('vectors', 'apply'), {
    project,
    repair_id,
    chunk_ids: lost,
    caller: randomUUID(),
  });

  expect(rows).toEqual(
    lost.map((chunk_id) => ({
      chunk_id,
      outcome: 'failed',
      action: 'copy_to_qdrant',
      error: 'RangeError',
    })),
  );
  expect(await world.repairs.get(project, repair_id)).toMatchObject({
    status: 'completed',
    counts: { failed: 2 },
  });
  expect(await openOperation()).toBeUndefined();
  expect(await badlyEnded(local, PATH)).toEqual([]);
});

test('chunks that a limit held back stay held back when the repair of the others fails', async () => {
  const { world, project } = local;
  await world.projects.changeSettings(project, { repairs_per_minute: 1 });
  const lost = [idOf(0), idOf(1)];
  await damageTo(local).deletePoints(lost);
  const repair_id = await requestRun(local, lost);

  const rows = await repairBatch(astonishing('vectors', 'apply'), {
    project,
    repair_id,
    chunk_ids: lost,
    caller: randomUUID(),
  });

  expect(rows.map(({ outcome }) => outcome).sort()).toEqual(['failed', 'rate_limited']);
  expect(await world.repairs.get(project, repair_id)).toMatchObject({ status: 'running' });
});

test('a restore that meets an error nobody foresaw frees its document, and can be asked for again', async () => {
  const { world, project } = local;
  await damageTo(local).setNode(idOf(1), { content: 'altered' });
  await scanThrough(local, 'content');
  const [entry] = (await world.quarantine.list(project, { limit: 1 })).items;
  const request = { project, quarantine_id: entry?.quarantine_id ?? '', correlation_id: randomUUID() };

  const failure = await restoreQuarantine(astonishing('graph', 'restore'), request).catch((error) => error);

  expect(failure).toBeInstanceOf(RangeError);
  expect(await openOperation()).toBeUndefined();
  expect((await eventsOfDocument(local, PATH)).map(({ event_type }) => event_type)).toContain(
    'repair_failed',
  );
  await restoreQuarantine(world, request);
  expect(await textsOf(world, project, PATH)).toEqual(['one', 'altered', 'three']);
});

test('an event that cannot be recorded while vectors are on their way fails the write, not the process', async () => {
  const slow = guarded(local.world.vectors, async (act, called) => {
    if (called === 'apply') await sleep(50);
    return await act();
  });
  let appended = 0;
  const events = guarded(local.world.events, async (act, called) => {
    if (called === 'append' && ++appended === 2) throw new RangeError('nobody thought of this');
    return await act();
  });

  const failure = await writeDocument(
    { ...local.world, vectors: slow, events },
    aWrite(local.project, PATH, ['changed']),
  ).catch((error) => error);

  // An unhandled rejection would end the process; the test runner reports it as an error of the run.
  expect(failure).toBeInstanceOf(RangeError);
  local.world.clock.advance(600_000);
  await settleWrites(local.world, () => 600_000);
  expect(await openOperation()).toBeUndefined();
  expect(await textsOf(local.world, local.project, PATH)).toEqual(['changed']);
});

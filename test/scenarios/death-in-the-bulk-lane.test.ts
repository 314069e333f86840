import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RepairRow } from '../../shared/domain/project.ts';
import { driveScans } from '../../shared/operations/drive-scans.ts';
import { repairRows } from '../../shared/operations/query-repairs.ts';
import { driveRepairs } from '../../shared/operations/release-repairs.ts';
import { repairBatch } from '../../shared/operations/repair.ts';
import { settleWrites } from '../../shared/operations/settle-writes.ts';
import { writeDocument } from '../../shared/operations/write-document.ts';
import { damageTo } from '../support/damage.ts';
import { aWrite, targetsOf } from '../support/documents.ts';
import { deliverAll, EAGER } from '../support/drive.ts';
import { firstStep, STRIDE } from '../support/effort.ts';
import { mortal, mortalAt } from '../support/mortal.ts';
import { requestRun, requestShare } from '../support/repairs.ts';
import { textsOf } from '../support/stores.ts';
import { type TroubledWorld, troubledWorld } from '../support/troubled-dynamo.ts';
import { type LocalWorld, localWorld } from '../support/world.ts';

const TEXTS = ['one', 'two', 'three'];
const MINUTES = 10 * 60_000;

let local: LocalWorld;
let documents = 0;
beforeAll(async () => {
  local = await localWorld();
  await writeDocument(local.world, aWrite(local.project, 'first.md', ['registers the project']));
  await local.world.projects.changeSettings(local.project, { ...EAGER, grace_seconds: 0 });
});
afterAll(() => local.stop());

/** Two documents whose points are lost, and an approved run for them in one share. */
const lost = async () => {
  const { world, project } = local;
  const paths = [`bulk-${documents++}.md`, `bulk-${documents++}.md`];
  for (const path of paths) await writeDocument(world, aWrite(project, path, TEXTS));
  const chunks = paths.flatMap((file_path) =>
    targetsOf(project, file_path, TEXTS).map(({ chunk: { chunk_id } }) => ({ chunk_id, file_path })),
  );
  await damageTo(local).deletePoints(chunks.map(({ chunk_id }) => chunk_id));
  return { paths, repair_id: await requestShare(local, chunks) };
};

describe('a process that dies in the bulk lane', () => {
  test.each(['before', 'after'] as const)(
    '%s any of its steps: the tick has it walked on, and each chunk is told of once, as repaired',
    async (when) => {
      for (let step = firstStep(when); ; step += STRIDE) {
        const { world, project } = local;
        const { paths, repair_id } = await lost();
        const doomed = mortal(world, step, when);
        const share = { project, repair_id, chunk_ids: [], share: 0, caller: randomUUID() };
        await repairBatch(doomed.world, share).catch(() => undefined);
        world.clock.advance(MINUTES);
        await settleWrites(world, () => MINUTES);
        await driveScans(world, project);
        await deliverAll(local);

        for (const path of paths) expect(await textsOf(world, project, path)).toEqual(TEXTS);
        const run = await world.repairs.get(project, repair_id);
        expect(run).toMatchObject({ status: 'completed', accepted: 6, counts: { repaired: 6 } });
        const rows = await Array.fromAsync(repairRows(world, { project, repair_id }));
        expect(new Set(rows.map(({ chunk_id }) => chunk_id)).size).toBe(6);
        expect(rows).toHaveLength(6);
        if (!doomed.isDead()) return expect(step).toBeGreaterThan(20);
      }
    },
  );
});

describe('a worker of the bulk lane that has repaired chunks and died', () => {
  test.each([
    ['before', 'repairs.recordShare'],
    // What it was at then is ended by others, who can't tell which chunks it had come to.
    ['after', 'documents.decide'],
  ] as const)('%s %s, has them counted as repaired by its heir', async (when, call) => {
    const { world, project } = local;
    const { repair_id } = await lost();
    const share = { project, repair_id, chunk_ids: [], share: 0 };
    const doomed = mortalAt(world, call, when);
    await expect(repairBatch(doomed.world, { ...share, caller: randomUUID() })).rejects.toThrow();
    world.clock.advance(MINUTES);
    await settleWrites(world, () => MINUTES);

    await repairBatch(world, { ...share, caller: randomUUID() });

    expect(await world.repairs.get(project, repair_id)).toMatchObject({ counts: { repaired: 6 } });
    const rows = await Array.fromAsync(repairRows(world, { project, repair_id }));
    expect(new Set(rows.map(({ action }) => action))).toEqual(new Set(['copy_to_qdrant']));
  });

  test('of what others have put right since, nothing is counted as repaired', async () => {
    const { world, project } = local;
    const { repair_id, paths } = await lost();
    for (const path of paths) await writeDocument(world, aWrite(project, path, TEXTS));
    const share = { project, repair_id, chunk_ids: [], share: 0, caller: randomUUID() };

    await repairBatch(world, share);

    expect(await world.repairs.get(project, repair_id)).toMatchObject({
      counts: { repaired: 0, skipped: 6 },
    });
  });
});

describe('a process that dies after it has counted the last rows of a run and before it ends it', () => {
  let troubled: TroubledWorld;
  beforeAll(async () => {
    troubled = await troubledWorld();
  });
  afterAll(() => troubled.stop());

  const repaired = (chunk_id: string): RepairRow => ({ chunk_id, outcome: 'repaired' });
  /** Of the requests of a record of two rows, the one that ends the run and all after it. */
  const fromTheEnding = (ending: number) => (number: number) => (number >= ending ? 'throttled' : undefined);

  const isEndedByTheTick = async (run: string) => {
    const { world, project } = troubled;
    expect(await world.repairs.get(project, run)).toMatchObject({ status: 'running' });
    world.clock.advance(MINUTES);
    await driveRepairs(world, project);
    expect(await world.repairs.get(project, run)).toMatchObject({ status: 'completed' });
    expect(world.bus.take('RepairCompleted')).toHaveLength(1);
    await driveRepairs(world, project);
    expect(world.bus.take('RepairCompleted')).toHaveLength(0);
  };

  test('in the bulk lane: the tick ends it', async () => {
    const { world, project, trouble } = troubled;
    const ids = [randomUUID(), randomUUID()];
    const run = await requestShare(
      troubled,
      ids.map((chunk_id) => ({ chunk_id, file_path: 'a.md' })),
    );
    const now = () => new Date(world.clock.now()).toISOString();
    const lease = await world.repairs.leaseShare(project, run, 0, 'one', now(), now());
    if (!lease) throw new Error('the share is not to be had');
    trouble(fromTheEnding(3));
    await expect(world.repairs.recordShare(lease, ids.map(repaired), now(), now())).rejects.toThrow();
    trouble();

    await isEndedByTheTick(run);
  });

  test('in the normal lane, where no doorbell comes again: the tick ends it', async () => {
    const { world, project, trouble } = troubled;
    const ids = [`1${randomUUID().slice(1)}`, `1${randomUUID().slice(1)}`];
    const run = await requestRun(troubled, ids);
    const now = new Date(world.clock.now()).toISOString();
    trouble(fromTheEnding(4));
    await expect(world.repairs.record(project, run, ids.map(repaired), now)).rejects.toThrow();
    trouble();

    await isEndedByTheTick(run);
  });
});

describe('a run of many shares', () => {
  test('is rung for in some of them at a time, in all of them within a few ticks, and behind any newer run', async () => {
    const { world, project } = local;
    const shares = Array.from({ length: 40 }, () => 1);
    const run = await requestRun(local, [randomUUID()], { shares, list_id: randomUUID(), accepted: 40 });
    for (let newer = 0; newer < 25; newer++)
      await requestRun(local, [], { status: 'completed', accepted: 0, named: true });
    const rung: number[] = [];
    for (let tick = 0; tick < 5; tick++) {
      await driveRepairs(world, project);
      const bells = world.bus.take('RepairRequested').filter(({ message }) => message.repair_id === run);
      expect(bells.length).toBe(16);
      rung.push(...bells.map(({ message }) => message.share ?? -1));
      world.clock.advance(60_000);
    }

    expect(new Set(rung).size).toBe(40);
  });
});

import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RepairRun } from '../../shared/domain/project.ts';
import { decideApproval } from '../../shared/operations/approval.ts';
import { repairRows } from '../../shared/operations/query-repairs.ts';
import { repairBatch } from '../../shared/operations/repair.ts';
import { writeDocument } from '../../shared/operations/write-document.ts';
import { damageTo } from '../support/damage.ts';
import { aWrite, targetsOf } from '../support/documents.ts';
import { deliverAll, driftsOf, scanThrough } from '../support/drive.ts';
import { IS_THOROUGH } from '../support/effort.ts';
import { guarded } from '../support/mortal.ts';
import { everything } from '../support/stores.ts';
import { type LocalWorld, localWorld } from '../support/world.ts';

const PATHS = Array.from({ length: 8 }, (_, document) => `docs/${document}.md`);
const EACH = 150;
const ALL = PATHS.length * EACH;
const textsOf = (path: string) => Array.from({ length: EACH }, (_, index) => `${path}, text ${index}`);

let local: LocalWorld;
beforeEach(async () => {
  local = await localWorld();
  for (const path of PATHS) await writeDocument(local.world, aWrite(local.project, path, textsOf(path)));
  await local.world.projects.changeSettings(local.project, {
    ...{ mode: 'plan', grace_seconds: 1, repairs_per_minute: 5 },
  });
});
afterEach(() => local.stop());

/** The collection is emptied, a scan finds it, and a person approves the plan. */
const approved = async (): Promise<RepairRun> => {
  const { world, project } = local;
  await damageTo(local).emptyCollection();
  await scanThrough(local, 'fingerprints');
  const approval = await world.projects.approval(project);
  if (!approval) throw new Error('no approval was asked for');
  const decision = { project, correlation_id: randomUUID(), ...approval, decision: 'approve' as const };
  const run = await decideApproval(world, decision);
  if (!run) throw new Error('nothing was released');
  return run;
};
const points = async () => (await everything(local.world.vectors, local.project)).size;
const runNow = ({ repair_id }: RepairRun) => local.world.repairs.get(local.project, repair_id);

/** Each chunk has one row, whatever the pages, and no drift item stays open. */
const expectToldOnce = async (run: RepairRun) => {
  const rows = await Array.fromAsync(repairRows(local.world, run));
  const paged: string[] = [];
  let cursor: string | undefined;
  do {
    const page = { limit: 70, ...(cursor ? { cursor } : {}) };
    const { items, next_cursor } = await local.world.repairs.rows(local.project, run.repair_id, page);
    expect(items.length).toBeLessThanOrEqual(70);
    paged.push(...items.map(({ chunk_id }) => chunk_id));
    cursor = next_cursor;
  } while (cursor);
  const meant = PATHS.flatMap((path) =>
    targetsOf(local.project, path, textsOf(path)).map(({ chunk }) => chunk.chunk_id),
  );
  expect(rows.map(({ chunk_id }) => chunk_id).sort()).toEqual(meant.sort());
  expect(paged).toEqual(rows.map(({ chunk_id }) => chunk_id));
  expect([...(await driftsOf(local)).values()].filter(({ status }) => status !== 'repaired')).toEqual([]);
};

describe('an approved restore of a lost side', () => {
  test('goes beside the rate of a minute, an event a phase for each hundred chunks, every doorbell rung twice', async () => {
    const run = await approved();
    await deliverAll(local, 2);

    expect(await runNow(run)).toMatchObject({ status: 'completed', counts: { repaired: ALL, skipped: 0 } });
    expect([...(await everything(local.world.vectors, local.project)).values()]).toHaveLength(ALL);
    const { items } = await local.world.events.byCorrelation(run.correlation_id, { limit: 1000 });
    const started = items.filter(({ event_type }) => event_type === 'repair_started');
    expect(started.length).toBeLessThanOrEqual(2 * Math.ceil(ALL / 100));
    expect(items).toHaveLength(1 + 2 * started.length);
    const { scan } = await scanThrough(local, 'vectors');
    expect([scan.status, scan.drift_percentage]).toEqual(['completed', 0]);
    await expectToldOnce(run);
  });

  test.runIf(IS_THOROUGH)(
    'never does more of a kind than was approved, and leaves what is right by now alone',
    async () => {
      const run = await approved();
      const [first = '', second = ''] = PATHS;
      await writeDocument(local.world, aWrite(local.project, first, [...textsOf(first), 'One more']));
      const altered = targetsOf(local.project, second, textsOf(second))[3]?.chunk.chunk_id ?? '';
      await damageTo(local).setNode(altered, { content: 'altered since' });

      await deliverAll(local);

      const rows = await Array.fromAsync(repairRows(local.world, run));
      expect(rows.filter(({ outcome }) => outcome === 'repaired')).toHaveLength(ALL - EACH - 1);
      expect(rows.filter(({ reason }) => reason === 'nothing_to_do')).toHaveLength(EACH);
      expect(rows.find(({ chunk_id }) => chunk_id === altered)).toMatchObject({ reason: 'both_altered' });
      expect(await points()).toBe(ALL);
    },
  );

  test.runIf(IS_THOROUGH)(
    'goes on from turn to turn where a whole turn is too short to look at all of it',
    async () => {
      const run = await approved();
      const { world, project } = local;
      const vectors = guarded(world.vectors, async (act, method, [, ids]) => {
        if (method === 'read' && (ids as string[]).length > EACH) world.clock.advance(45_000);
        return await act();
      });
      let turns = 0;
      for (let bells = world.bus.take('RepairRequested'); bells.length > 0 && turns < 9; turns++) {
        const until = world.clock.now() + 120_000;
        const remainingMs = () => until - world.clock.now();
        for (const { message } of bells)
          await repairBatch(
            { ...world, vectors },
            { ...message, project, caller: randomUUID(), remainingMs },
          );
        bells = world.bus.take('RepairRequested');
      }

      expect(await runNow(run)).toMatchObject({ status: 'completed', counts: { repaired: ALL } });
      expect(turns).toBe(3);
    },
  );
});

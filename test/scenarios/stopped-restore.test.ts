import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { GROUP } from '../../shared/domain/lane.ts';
import { driveScans } from '../../shared/operations/drive-scans.ts';
import { repairBatch } from '../../shared/operations/repair.ts';
import type { World } from '../../shared/operations/world.ts';
import { damageTo } from '../support/damage.ts';
import { Death, guarded } from '../support/mortal.ts';
import { requestShare } from '../support/repairs.ts';
import { everything } from '../support/stores.ts';
import { aStory, PATH } from '../support/story.ts';
import type { LocalWorld } from '../support/world.ts';

const ALL = GROUP + 100;

let local: LocalWorld & { ids: string[]; texts: string[] };
let run: string;
beforeEach(async () => {
  local = await aStory(ALL);
  await local.world.projects.changeSettings(local.project, { mode: 'plan', grace_seconds: 1 });
  await damageTo(local).emptyCollection();
  run = await requestShare(
    local,
    local.ids.map((chunk_id) => ({ chunk_id, file_path: PATH })),
  );
  await driveScans(local.world, local.project);
});
afterEach(() => local.stop());

const points = async () => (await everything(local.world.vectors, local.project)).size;
const runNow = () => local.world.repairs.get(local.project, run);
const ringOnce = async (world: World, remainingMs = () => 600_000) => {
  for (const { message } of local.world.bus.take('RepairRequested'))
    await repairBatch(world, { ...message, caller: randomUUID(), remainingMs });
};
const tick = async () => {
  local.world.clock.advance(3 * 60_000);
  await driveScans(local.world, local.project);
};

describe('a restore that is stopped', () => {
  /** A world in which something comes between the first group and the next: each is of one document, here. */
  const interrupted = (interrupt: () => Promise<unknown>): World => {
    const around = async (act: () => unknown, method: string) => {
      const answer = await act();
      if (method === 'close') await interrupt();
      return answer;
    };
    return { ...local.world, documents: guarded(local.world.documents, around) };
  };
  const expectPaused = async () => {
    expect(await runNow()).toMatchObject({ status: 'running', counts: { repaired: GROUP, skipped: 0 } });
    await tick();
    await ringOnce(local.world);
    expect(await points()).toBe(GROUP);
  };
  const expectFinished = async () => {
    await tick();
    await ringOnce(local.world);
    expect(await runNow()).toMatchObject({ status: 'completed', counts: { repaired: ALL, skipped: 0 } });
  };

  test('by the mode goes no further than its group, and goes on once the mode allows it', async () => {
    const setMode = (mode: 'observe' | 'plan') =>
      local.world.projects.changeSettings(local.project, { mode });
    await ringOnce(interrupted(() => setMode('observe')));
    await expectPaused();

    await setMode('plan');
    await expectFinished();
  });

  test('by a breaker goes no further than its group, and goes on once it is closed', async () => {
    const override = (to: 'open' | 'none') => local.world.breakers.override(local.project, 'vectors', to);
    await ringOnce(interrupted(() => override('open')));
    await expectPaused();

    await override('none');
    await expectFinished();
  });

  test('by its own time rings for itself, and begins where it was', async () => {
    let left = 60_000;
    await ringOnce(
      interrupted(async () => {
        left = 0;
      }),
      () => left,
    );
    expect(await runNow()).toMatchObject({ status: 'running', counts: { repaired: GROUP } });

    await ringOnce(local.world);
    expect(await runNow()).toMatchObject({ status: 'completed', counts: { repaired: ALL } });
  });
});

test('a worker that dies when it has repaired a group and not told of the one before leaves both as repaired', async () => {
  const { world } = local;
  const second = Promise.withResolvers<void>();
  let closed = 0;
  const closing = async (act: () => unknown, method: string) => {
    const answer = await act();
    if (method === 'close' && ++closed === 2) second.resolve();
    return answer;
  };
  const telling = async (act: () => unknown, method: string) => {
    if (method !== 'recordShare') return await act();
    await second.promise;
    throw new Death('died before it told of anything');
  };
  const doomed = {
    ...world,
    documents: guarded(world.documents, closing),
    repairs: guarded(world.repairs, telling),
  };
  await expect(ringOnce(doomed)).rejects.toThrow(Death);
  expect(await points()).toBe(ALL);
  expect(await runNow()).toMatchObject({ status: 'running', counts: { repaired: 0 } });

  await tick();
  await ringOnce(world);

  expect(await runNow()).toMatchObject({ status: 'completed', counts: { repaired: ALL, skipped: 0 } });
});

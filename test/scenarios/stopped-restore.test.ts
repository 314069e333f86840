import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { GROUP } from '../../shared/domain/lane.ts';
import { UnavailableError } from '../../shared/errors.ts';
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

describe('a worker that has repaired a group and not told of the one before', () => {
  /** A world in which something comes before what became of a group is told. */
  const telling = (before: () => Promise<unknown>): World => {
    const around = async (act: () => unknown, method: string) => {
      if (method === 'recordShare') await before();
      return await act();
    };
    return { ...local.world, repairs: guarded(local.world.repairs, around) };
  };
  /** Resolves once so many groups are repaired: each is of one document, here. */
  const afterClosing = (world: World, groups: number) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let closed = 0;
    const around = async (act: () => unknown, method: string) => {
      const answer = await act();
      if (method === 'close' && ++closed === groups) resolve();
      return answer;
    };
    return { world: { ...world, documents: guarded(world.documents, around) }, repaired: promise };
  };
  const expectAllRepairedByHeir = async () => {
    expect(await points()).toBe(ALL);
    expect(await runNow()).toMatchObject({ status: 'running', counts: { repaired: 0 } });
    await tick();
    await ringOnce(local.world);
    expect(await runNow()).toMatchObject({ status: 'completed', counts: { repaired: ALL, skipped: 0 } });
  };

  test('dies: its heir counts both as repaired', async () => {
    const both = afterClosing(
      telling(async () => {
        await both.repaired;
        throw new Death('died before it told of anything');
      }),
      2,
    );
    await expect(ringOnce(both.world)).rejects.toThrow(Death);

    await expectAllRepairedByHeir();
  });

  test('has been overtaken: it tells of nothing, and its heir of both', async () => {
    const { world, project } = local;
    const both = afterClosing(
      telling(async () => {
        await both.repaired;
        world.clock.advance(3 * 60_000);
        const now = new Date(world.clock.now()).toISOString();
        await world.repairs.leaseShare(project, run, 0, 'heir', now, now);
      }),
      2,
    );
    await ringOnce(both.world);

    await expectAllRepairedByHeir();
  });

  test('meets a side that fails in the next: it has told of the first before it gives up', async () => {
    const { world } = local;
    const failed = Promise.withResolvers<void>();
    const first = afterClosing(
      telling(async () => {
        await failed.promise;
        await setTimeout(20);
      }),
      1,
    );
    let isRepaired = false;
    first.repaired.then(() => {
      isRepaired = true;
    });
    const reading = async (act: () => unknown, method: string) => {
      if (!isRepaired || method !== 'read') return await act();
      failed.resolve();
      throw new UnavailableError('graph', 'timeout', 'silent');
    };
    const failing = { ...first.world, graph: guarded(world.graph, reading) };
    await expect(ringOnce(failing)).rejects.toThrow('silent');

    expect(await runNow()).toMatchObject({ status: 'running', counts: { repaired: GROUP } });
  });
});

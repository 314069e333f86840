import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import type { Depth } from '../../shared/domain/scan.ts';
import { driveScans } from '../../shared/operations/drive-scans.ts';
import { planScan } from '../../shared/operations/plan-scan.ts';
import { scanShard } from '../../shared/operations/scan-shard.ts';
import type { World } from '../../shared/operations/world.ts';
import { damageTo } from '../support/damage.ts';
import { scanThrough } from '../support/drive.ts';
import { aStory } from '../support/story.ts';
import type { LocalWorld } from '../support/world.ts';

let local: LocalWorld & { ids: string[] };
afterEach(() => local.stop());

/** Sleepers wake only when the test moves the clock, in steps of which a lease holds two. */
const STEP_MS = 30_000;
const sleepersOf = ({ world }: LocalWorld) => {
  const sleepers: { until: number; wake: () => void }[] = [];
  world.clock.sleep = (ms) =>
    new Promise((wake) => sleepers.push({ until: world.clock.now() + ms, wake: () => wake() }));
  return () => {
    for (const one of sleepers.splice(0)) one.until <= world.clock.now() ? one.wake() : sleepers.push(one);
  };
};

describe('a grace period longer than a lease', () => {
  test.each<Depth>(['fingerprints', 'counts'])(
    'is waited out by one worker of a scan of %s',
    async (depth) => {
      local = await aStory(5);
      const { world, project } = local;
      await world.projects.changeSettings(project, { mode: 'observe', grace_seconds: 90 });
      await damageTo(local).deletePoints(local.ids.slice(0, 1));
      const { scan } = await planScan(world, { project, depth, correlation_id: randomUUID() });
      const wake = sleepersOf(local);
      const outcomes: string[] = [];
      const startRung = () => {
        for (const { message } of world.bus.take('ShardReady'))
          void scanShard(world, {
            ...message,
            project,
            owner: randomUUID(),
            remainingMs: () => 900_000,
          }).then((outcome) => outcomes.push(outcome));
      };

      startRung();
      for (let step = 0; step < 12 && outcomes.length === 0; step++) {
        await setTimeout(100);
        world.clock.advance(STEP_MS);
        wake();
        await setTimeout(100);
        await driveScans(world, project);
        startRung();
      }

      expect(outcomes).toEqual(['done']);
      expect((await world.scans.get(project, scan.scan_id))?.sums.drifts).toEqual({ missing_in_qdrant: 1 });
    },
  );
});

describe('a list of drifts that takes longer to read than a lease', () => {
  test('is read by one worker of a scan of vectors, which keeps its shard meanwhile', async () => {
    local = await aStory(5);
    const { world, project } = local;
    await world.projects.changeSettings(project, { mode: 'observe', grace_seconds: 1 });
    await damageTo(local).deletePoints(local.ids);
    await scanThrough(local, 'fingerprints');
    await planScan(world, { project, depth: 'vectors', correlation_id: randomUUID() });
    const [range] = world.bus.take('ShardReady');
    if (!range) throw new Error('no shard was rung');
    const work = (on: World) =>
      scanShard(on, { ...range.message, owner: randomUUID(), remainingMs: () => 900_000 });
    const others: string[] = [];
    const list: typeof world.drifts.list = async (name, filter, page) => {
      world.clock.advance(40_000);
      others.push(await work(world));
      return await world.drifts.list(name, filter, { ...page, limit: 1 });
    };

    const outcome = await work({ ...world, drifts: Object.assign(Object.create(world.drifts), { list }) });

    expect(outcome).toBe('done');
    expect(others.length).toBeGreaterThanOrEqual(local.ids.length);
    expect(new Set(others)).toEqual(new Set(['busy']));
  });
});

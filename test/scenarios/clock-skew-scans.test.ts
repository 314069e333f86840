import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { driveScans } from '../../shared/operations/drive-scans.ts';
import { planScan } from '../../shared/operations/plan-scan.ts';
import { scanShard } from '../../shared/operations/scan-shard.ts';
import type { World } from '../../shared/operations/world.ts';
import { type Clocks, clocksOf } from '../support/clocks.ts';
import { damageTo } from '../support/damage.ts';
import { deliverAll, driftsOf, scanThrough } from '../support/drive.ts';
import { guarded } from '../support/mortal.ts';
import { textsOf } from '../support/stores.ts';
import { aStory, PATH } from '../support/story.ts';
import type { LocalWorld } from '../support/world.ts';

const [BEHIND, AHEAD] = [-5_000, 5_000];
const GRACE_MS = 5_000;

let local: LocalWorld & { ids: string[]; texts: string[] };
let clocks: Clocks;
let lost: string;
beforeEach(async () => {
  local = await aStory(8);
  clocks = clocksOf(local);
  lost = local.ids[2] ?? '';
  await local.world.projects.changeSettings(local.project, { grace_seconds: GRACE_MS / 1000 });
});
afterEach(() => local.stop());

const planned = async () => {
  const request = { project: local.project, depth: 'fingerprints', correlation_id: randomUUID() } as const;
  const { scan } = await planScan(local.world, request);
  return scan.scan_id;
};
const shift = (scan_id: string, world: World = local.world, remainingMs = 600_000) =>
  scanShard(world, {
    project: local.project,
    scan_id,
    shard: 0,
    owner: randomUUID(),
    remainingMs: () => remainingMs,
    pageRows: 3,
  });

/** The same world, telling when it reads chunks from the graph. */
const telling = (onRead: (method: string) => unknown): World => ({
  ...local.world,
  graph: guarded(local.world.graph, async (act, method) => {
    const result = await act();
    if (method === 'read' || method === 'fingerprints') await onRead(method);
    return result;
  }),
});

describe('scans by processes whose clocks are apart', () => {
  test.each([
    { planner: AHEAD, worker: BEHIND },
    { planner: BEHIND, worker: AHEAD },
  ])('find what is lost and nothing else, and mend it ($planner, $worker)', async ({ planner, worker }) => {
    expect((await scanThrough(local, 'vectors')).scan).toMatchObject({ drift_percentage: 0 });
    await damageTo(local).deletePoints([lost]);

    const scan_id = await clocks.off(planner, planned);
    await clocks.off(worker, () => deliverAll(local));
    await clocks.off(planner, () => driveScans(local.world, local.project));

    const scan = await local.world.scans.get(local.project, scan_id);
    expect(scan).toMatchObject({ status: 'completed', sums: { drifts: { missing_in_qdrant: 1 } } });
    const drifts = [...(await driftsOf(local)).values()];
    expect(drifts).toMatchObject([{ chunk_id: lost, status: 'repaired' }]);
    expect(await textsOf(local.world, local.project, PATH)).toEqual(local.texts);
  });

  test('look twice with the whole grace period between, even when the second worker goes ahead', async () => {
    await damageTo(local).deletePoints([lost]);
    const looks: number[] = [];
    const world = telling((method) => method === 'read' && looks.push(clocks.trueNow()));
    const scan_id = await planned();

    const outcomes = [];
    for (let round = 0; round < 9 && outcomes.at(-1) !== 'done'; round++) {
      const isFirst = looks.length === 0;
      const turn = () => shift(scan_id, world, isFirst ? 9_000 : 600_000);
      outcomes.push(await clocks.off(isFirst ? BEHIND : AHEAD, turn));
    }

    expect(outcomes.slice(0, 2)).toContain('stopped');
    expect(outcomes.at(-1)).toBe('done');
    expect(Math.max(...looks) - Math.min(...looks)).toBeGreaterThanOrEqual(GRACE_MS);
  });

  test('a worker whose lease is taken early writes nothing more', async () => {
    await damageTo(local).deletePoints([lost]);
    await local.world.projects.changeSettings(local.project, { mode: 'observe' });
    const scan_id = await planned();
    let isHeld = false;
    const world = telling(async (method) => {
      if (method !== 'fingerprints' || isHeld) return;
      isHeld = true;
      local.world.clock.advance(56_000);
      expect(await clocks.off(AHEAD, () => shift(scan_id))).toBe('done');
    });

    expect(await clocks.off(BEHIND, () => shift(scan_id, world))).toBe('fenced');

    const scan = await local.world.scans.get(local.project, scan_id);
    expect(scan?.sums).toMatchObject({ distinct: 8, drifts: { missing_in_qdrant: 1 } });
    expect([...(await driftsOf(local)).keys()]).toEqual([lost]);
  });
});

describe('probes of a breaker by processes whose clocks are apart', () => {
  test('are one an epoch, none before its time, and a late one says nothing', async () => {
    const { breakers, clock } = local.world;
    const ask = (caller: string) => breakers.permit(local.project, 'graph', caller);
    const openedAt = clocks.trueNow();
    for (let failure = 0; failure < 3; failure++) {
      const { permit } = await ask('nobody');
      if (permit.allowed) await breakers.report(local.project, permit, 'failed');
    }

    const probes = [];
    for (let second = 0; second < 150; second += 3) {
      clock.advance(3_000);
      const asked = [BEHIND, 0, AHEAD].map((off) => clocks.off(off, () => ask(`${off} after ${second} s`)));
      for (const { permit } of await Promise.all(asked))
        if (permit.allowed) probes.push({ permit, at: clocks.trueNow() });
    }

    const epochs = probes.map(({ permit }) => permit.probe?.epoch);
    expect(epochs.length).toBeGreaterThan(2);
    expect(new Set(epochs).size).toBe(epochs.length);
    expect((probes[0]?.at ?? 0) - openedAt).toBeGreaterThanOrEqual(60_000 + BEHIND);
    if (probes[0]) await breakers.report(local.project, probes[0].permit, 'succeeded');
    const [graph] = await breakers.all(local.project);
    expect(graph).toMatchObject({ state: 'half_open', epoch: epochs.at(-1) });
  });
});

import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { repairBatch } from '../../shared/operations/repair.ts';
import { damageTo } from '../support/damage.ts';
import { scanThrough } from '../support/drive.ts';
import { requestRun } from '../support/repairs.ts';
import { everything } from '../support/stores.ts';
import { aStory } from '../support/story.ts';
import type { LocalWorld } from '../support/world.ts';

let local: LocalWorld & { ids: string[]; texts: string[] };
afterEach(() => local.stop());

const points = async () => (await everything(local.world.vectors, local.project)).size;
const repair = (repair_id: string, chunk_ids: string[]) =>
  repairBatch(local.world, { project: local.project, repair_id, chunk_ids, caller: randomUUID() });

describe('rate limiting under load', () => {
  test('of twenty chunks asked for at once by several workers, no more than the minute allows are repaired', async () => {
    local = await aStory(24);
    await local.world.projects.changeSettings(local.project, { repairs_per_minute: 5 });
    await damageTo(local).deletePoints(local.ids.slice(0, 20));
    const run = await requestRun(local, local.ids.slice(0, 20));

    const rows = [];
    for (let at = 0; at < 20; at += 4) rows.push(...(await repair(run, local.ids.slice(at, at + 4))));

    expect(rows.filter(({ outcome }) => outcome === 'repaired')).toHaveLength(5);
    expect(rows.filter(({ outcome }) => outcome === 'rate_limited')).toHaveLength(15);
    expect(await points()).toBe(9);
  });
});

describe('rate window reset', () => {
  test('the next minute lets the rest through', async () => {
    local = await aStory(8);
    await local.world.projects.changeSettings(local.project, { repairs_per_minute: 3 });
    await damageTo(local).deletePoints(local.ids.slice(0, 5));
    const run = await requestRun(local, local.ids.slice(0, 5));

    await repair(run, local.ids.slice(0, 5));
    expect(await points()).toBe(6);
    local.world.clock.advance(60_000);
    await repair(run, local.ids.slice(0, 5));

    expect(await points()).toBe(8);
    expect(await local.world.repairs.get(local.project, run)).toMatchObject({
      status: 'completed',
      counts: { repaired: 5 },
    });
  });
});

describe('a budget that refuses', () => {
  test('leaves those that were asked before it as they were', async () => {
    local = await aStory(8);
    const { world, project, ids } = local;
    await world.projects.changeSettings(project, { repairs_per_day: 1, repairs_per_minute: 9 });
    await damageTo(local).deletePoints(ids.slice(0, 5));

    const { scan } = await scanThrough(local, 'fingerprints');

    const now = world.clock.now();
    const [run, minute] = [`run#${project}#${scan.scan_id}`, 9];
    expect(await world.limits.takeFromBudget(run, 1000, 1000, now + 60_000)).toBe(999);
    expect(await world.limits.takeFromMinute(project, minute, minute, now)).toBe(8);
  });
});

describe('per-run maximum', () => {
  test('a run stops at its maximum, and says so', async () => {
    local = await aStory(30);
    await local.world.projects.changeSettings(local.project, { repairs_per_run: 4 });
    await damageTo(local).deletePoints(local.ids.slice(0, 7));

    const { rows } = await scanThrough(local, 'fingerprints');

    expect(rows.filter(({ outcome }) => outcome === 'repaired')).toHaveLength(4);
    expect(rows.filter(({ reason }) => reason === 'run_limit')).toHaveLength(3);
    expect(await points()).toBe(27);
  });

  test('the next run goes on where the last one stopped, within the budget of the day', async () => {
    local = await aStory(30);
    await local.world.projects.changeSettings(local.project, { repairs_per_run: 4, repairs_per_day: 6 });
    await damageTo(local).deletePoints(local.ids.slice(0, 9));

    await scanThrough(local, 'fingerprints');
    const { rows } = await scanThrough(local, 'fingerprints');

    expect(rows.filter(({ reason }) => reason === 'daily_limit').length).toBeGreaterThan(0);
    expect(await points()).toBe(27);
  });
});

describe('a threshold', () => {
  test('leaves thin, young drift alone, and repairs it once it is old', async () => {
    local = await aStory(150);
    await local.world.projects.changeSettings(local.project, {
      auto_repair_above_percent: 1,
      repair_after_age_seconds: 3600,
    });
    await damageTo(local).deletePoints(local.ids.slice(0, 1));

    expect((await scanThrough(local, 'fingerprints')).rows).toMatchObject([{ reason: 'below_threshold' }]);
    local.world.clock.advance(3_700_000);
    expect((await scanThrough(local, 'fingerprints')).rows).toMatchObject([{ outcome: 'repaired' }]);
  });
});

describe('the modes', () => {
  test('observe finds and touches nothing', async () => {
    local = await aStory(10);
    await local.world.projects.changeSettings(local.project, { mode: 'observe' });
    await damageTo(local).deletePoints(local.ids.slice(0, 1));

    const { scan, rows } = await scanThrough(local, 'fingerprints');

    expect(scan.sums.drifts).toEqual({ missing_in_qdrant: 1 });
    expect(rows).toEqual([]);
    expect(await points()).toBe(9);
  });

  test('plan waits for a person with the counts of what it would do', async () => {
    local = await aStory(10);
    await local.world.projects.changeSettings(local.project, { mode: 'plan' });
    await damageTo(local).deletePoints(local.ids.slice(0, 1));

    const { scan, rows } = await scanThrough(local, 'fingerprints');

    expect(scan.status).toBe('needs_approval');
    expect(rows).toEqual([]);
    expect(await local.world.projects.approval(local.project)).toMatchObject({
      reason: 'plan',
      verdicts: { copy_to_qdrant: 1 },
    });
  });
});

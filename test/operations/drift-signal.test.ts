import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { projectSignals } from '../../shared/operations/project-signals.ts';
import { queryStatus } from '../../shared/operations/query-status.ts';
import type { Drifts } from '../../shared/ports.ts';
import { damageTo } from '../support/damage.ts';
import { EAGER, scanThrough } from '../support/drive.ts';
import { aStory } from '../support/story.ts';
import type { LocalWorld } from '../support/world.ts';

let local: LocalWorld & { ids: string[] };
beforeEach(async () => {
  local = await aStory(20);
  await local.world.projects.changeSettings(local.project, { mode: 'observe' });
});
afterEach(() => local.stop());

const scan = async (depth: 'fingerprints' | 'content' | 'counts') => {
  local.world.clock.advance(300_000);
  await scanThrough(local, depth);
};
const gauge = async (over: Partial<Drifts> = {}) => {
  const { world, project } = local;
  const known = await world.projects.get(project);
  if (!known) throw new Error('the project is gone');
  return (await projectSignals({ ...world, drifts: { ...world.drifts, ...over } }, known)).drift_percentage;
};
/** What the gauge and the status both say. */
const drift = async () => {
  const { drift_percentage } = await queryStatus(local.world, local.project);
  expect(await gauge()).toBe(drift_percentage);
  return drift_percentage;
};
const alter = () => damageTo(local).setNode(local.ids[3] ?? '', { content: 'quietly altered' });

describe('the drift that alarms watch', () => {
  test('is what the status says, also where a later scan looked less deep', async () => {
    await alter();
    await scan('content');
    expect(await drift()).toBe(5);

    await local.world.projects.changeSettings(local.project, { content_sample_percent: 0 });
    await scan('fingerprints');

    expect(await drift()).toBe(5);
  });

  test('falls as soon as the drift is repaired, and counts what is parked', async () => {
    await alter();
    await damageTo(local).deletePoints([local.ids[5] ?? '']);
    await scan('content');
    expect(await drift()).toBe(10);

    await local.world.drifts.mark(local.project, [local.ids[3] ?? ''], { status: 'parked', reason: 'loop' });
    expect(await drift()).toBe(10);
    await local.world.projects.changeSettings(local.project, EAGER);
    await scan('fingerprints');

    expect(await drift()).toBe(5);
  });

  test('is what a scan of counts found, which names no ids', async () => {
    await damageTo(local).deletePoints([local.ids[5] ?? '']);
    await scan('counts');

    expect(await drift()).toBe(5);
  });

  test('is at least what a scan found, where more stands than is counted', async () => {
    await alter();
    await scan('content');
    await local.world.projects.changeSettings(local.project, { content_sample_percent: 0 });
    await scan('fingerprints');

    expect(await gauge({ standing: async () => ({ count: 0, hasMore: true }) })).toBe(5);
  });
});

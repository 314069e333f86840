import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { chunkId } from '../../shared/domain/chunk.ts';
import { tickProject } from '../../shared/operations/tick-project.ts';
import { damageTo } from '../support/damage.ts';
import { deliverAll, driftsOf, scanThrough } from '../support/drive.ts';
import { affordable } from '../support/effort.ts';
import { aStory, PATH } from '../support/story.ts';
import type { LocalWorld } from '../support/world.ts';

const DAY = 86_400_000;
const TURNS = affordable(6, 25);

let local: LocalWorld & { ids: string[]; texts: string[] };
beforeEach(async () => {
  local = await aStory(10);
  await local.world.projects.changeSettings(local.project, { mode: 'plan' });
});
afterEach(() => local.stop());

const id = () => chunkId(local.project, PATH, 3);
const tick = async (afterMs: number) => {
  const { world, project } = local;
  world.clock.advance(afterMs);
  const registered = await world.projects.get(project);
  const planned = registered && (await tickProject(world, { ...registered, status: 'registered' }));
  await deliverAll(local);
  return planned?.scan;
};

describe('a plan that nobody has decided about', () => {
  test('does not bring the weekly and the daily scan back before their time, and samples go round', async () => {
    await damageTo(local).deletePoints([id()]);

    const scans = [await tick(8 * DAY)];
    for (let turn = 0; turn < TURNS; turn++) scans.push(await tick(301_000));

    expect(scans.map((scan) => scan?.depth)).toEqual(['vectors', ...new Array(TURNS).fill('fingerprints')]);
    expect(scans.slice(1).map((scan) => scan?.sample_slice)).toEqual([...new Array(TURNS).keys()]);
    expect((await tick(DAY))?.depth).toBe('content');
  });

  test('does not keep what is right again among the open drifts', async () => {
    const { world, project } = local;
    const [lost, other] = [id(), chunkId(project, PATH, 4)];
    const point = (await world.vectors.read(project, [lost], { vectors: true })).get(lost);
    await damageTo(local).deletePoints([lost, other]);
    await scanThrough(local, 'fingerprints');
    const { vector = [], ...payload } = point ?? {};
    await damageTo(local).upsertPoint(lost, payload, vector as number[]);
    world.clock.advance(300_000);

    await scanThrough(local, 'fingerprints');

    const drifts = await driftsOf(local);
    expect([drifts.get(lost)?.status, drifts.get(other)?.status]).toEqual(['gone', 'open']);
  });
});

import { afterEach, describe, expect, test } from 'vitest';
import { driveScans } from '../../shared/operations/drive-scans.ts';
import { damageTo } from '../support/damage.ts';
import { deliverAll, driftsOf, scanThrough } from '../support/drive.ts';
import { textsOf } from '../support/stores.ts';
import { aStory, PATH } from '../support/story.ts';
import type { LocalWorld } from '../support/world.ts';

const MINUTE = 60_000;

let local: LocalWorld & { ids: string[]; texts: string[] };
afterEach(() => local.stop());
const texts = () => textsOf(local.world, local.project, PATH);
const scan = async (depth: 'fingerprints' | 'content', afterMs = 5 * MINUTE) => {
  local.world.clock.advance(afterMs);
  return await scanThrough(local, depth);
};

describe('thin drift', () => {
  test('that only a daily scan sees is repaired by the next release once it is old', async () => {
    local = await aStory(150);
    const { world, project } = local;
    await world.projects.changeSettings(project, {
      auto_repair_above_percent: 1,
      content_sample_percent: 0,
    });
    await damageTo(local).setNode(local.ids[3] ?? '', { content: 'quietly altered' });
    expect((await scan('content')).rows).toMatchObject([{ reason: 'below_threshold' }]);

    expect((await scan('fingerprints')).rows).toEqual([]);
    expect((await scan('fingerprints', 3_600_000)).rows).toMatchObject([{ outcome: 'repaired' }]);

    expect(await texts()).toEqual(local.texts);
  });

  test('that waited for a person and was refused is not released because it is old', async () => {
    local = await aStory(20);
    const { world, project } = local;
    await world.projects.changeSettings(project, { content_sample_percent: 0 });
    for (const id of local.ids.slice(0, 12)) await damageTo(local).setNode(id, { content: `altered ${id}` });
    expect((await scan('content')).scan.status).toBe('needs_approval');
    const approval = await world.projects.approval(project);
    await world.projects.endApproval(
      project,
      approval?.approval_id ?? '',
      approval?.plan_hash ?? '',
      'reject',
    );

    expect((await scan('fingerprints', 3_700_000)).rows).toEqual([]);

    expect((await driftsOf(local)).get(local.ids[3] ?? '')?.status).toBe('open');
  });
});

describe('a run', () => {
  test('ends although a later scan has seen its chunks again', async () => {
    local = await aStory(20);
    const { world, project } = local;
    await world.projects.changeSettings(project, { repairs_per_minute: 2 });
    await damageTo(local).deletePoints(local.ids.slice(1, 6));
    const first = await scan('fingerprints');
    expect(first.rows.filter(({ outcome }) => outcome === 'rate_limited')).toHaveLength(3);
    await world.projects.changeSettings(project, { repairs_per_minute: 100 });
    await scan('fingerprints');

    world.clock.advance(6 * MINUTE);
    await driveScans(world, project);
    await deliverAll(local);

    const { items: runs } = await world.repairs.list(project, { limit: 10 });
    expect(runs.map(({ status, accepted }) => [status, accepted])).toEqual([
      ['completed', 3],
      ['completed', 5],
    ]);
    expect(await texts()).toEqual(local.texts);
  });

  test('is rung again by the tick for what its lost doorbells were for, and for nothing else', async () => {
    local = await aStory(20);
    const { world, project } = local;
    await damageTo(local).deletePoints(local.ids.slice(1, 6));
    const lost = world.bus.publish;
    world.bus.publish = async (envelopes) => {
      await lost(envelopes.filter(({ message }) => message.type !== 'RepairRequested'));
    };
    await scan('fingerprints');
    world.bus.publish = lost;

    await driveScans(world, project);
    const rung = world.bus.held.flatMap(({ message }) =>
      message.type === 'RepairRequested' ? message.chunk_ids : [],
    );
    await deliverAll(local);
    await driveScans(world, project);

    expect(rung.sort()).toEqual(local.ids.slice(1, 6).sort());
    expect(world.bus.take('RepairRequested')).toEqual([]);
    expect(await texts()).toEqual(local.texts);
  });
});

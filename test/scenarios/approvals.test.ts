import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { contentHash } from '../../shared/domain/chunk.ts';
import type { Approval } from '../../shared/domain/project.ts';
import type { Depth } from '../../shared/domain/scan.ts';
import { UnavailableError } from '../../shared/errors.ts';
import { decideApproval } from '../../shared/operations/approval.ts';
import { driveScans } from '../../shared/operations/drive-scans.ts';
import { damageTo } from '../support/damage.ts';
import { deliverAll, driftsOf, scanThrough } from '../support/drive.ts';
import { textsOf } from '../support/stores.ts';
import { aStory, PATH } from '../support/story.ts';
import type { LocalWorld } from '../support/world.ts';

let local: LocalWorld & { ids: string[]; texts: string[] };
beforeEach(async () => {
  local = await aStory(20);
  await local.world.projects.changeSettings(local.project, { mode: 'plan' });
});
afterEach(() => local.stop());

const id = (index: number) => local.ids[index] ?? '';
const scan = async (depth: Depth) => {
  local.world.clock.advance(300_000);
  return (await scanThrough(local, depth)).scan;
};
const open = async (): Promise<Approval> => {
  const approval = await local.world.projects.approval(local.project);
  if (approval === undefined) throw new Error('nothing waits for a person');
  return approval;
};
const approve = async ({ approval_id, plan_hash }: Approval) => {
  const { world, project } = local;
  const decision = { project, correlation_id: randomUUID(), approval_id, plan_hash };
  const run = await decideApproval(world, { ...decision, decision: 'approve' });
  await deliverAll(local);
  return run && (await world.repairs.get(project, run.repair_id));
};

describe('a request that waits for a person', () => {
  test('stays what it is while scans find the same, and is told once', async () => {
    await damageTo(local).deletePoints([id(3)]);
    await scan('fingerprints');
    const shown = await open();

    const later = await scan('content');

    expect(await open()).toMatchObject({ ...shown, scan_id: later.scan_id, list_id: expect.any(String) });
    expect(local.world.bus.take('ApprovalRequired')).toHaveLength(1);
    expect(await approve(shown)).toMatchObject({ accepted: 1, counts: { repaired: 1 } });
  });

  test('is another one as soon as a scan finds more', async () => {
    await damageTo(local).deletePoints([id(3)]);
    await scan('fingerprints');
    const shown = await open();
    await damageTo(local).deletePoints([id(4)]);

    const { scan_id } = await scan('fingerprints');

    expect(await open()).toMatchObject({ approval_id: scan_id, verdicts: { copy_to_qdrant: 2 } });
    await expect(approve(shown)).rejects.toMatchObject({ code: 'approval_changed' });
  });

  test('keeps what a deeper scan has found when a shallower one finds less', async () => {
    for (const index of [1, 2, 3]) await damageTo(local).setNode(id(index), { content: `altered ${index}` });
    await damageTo(local).deletePoints([id(15), id(16)]);
    await scan('content');
    const shown = await open();

    await scan('fingerprints');

    expect((await open()).plan_hash).toBe(shown.plan_hash);
    expect(await approve(shown)).toMatchObject({ status: 'completed', accepted: 5, counts: { repaired: 5 } });
    expect(await textsOf(local.world, local.project, PATH)).toEqual(local.texts);
  });

  test('says what its repairs would have the embedder read, and nothing for copies to the graph', async () => {
    await damageTo(local).deletePoints([id(3), id(4)]);
    await damageTo(local).deleteNodes([id(5)]);

    await scan('fingerprints');

    const bytes = [3, 4].map((index) => Buffer.byteLength(local.texts[index] ?? ''));
    const tokens = bytes.reduce((sum, of) => sum + Math.ceil(of / 4), 0);
    expect((await open()).embedding_tokens).toBe(tokens);
  });

  test('counts what no repair can mend as skipped', async () => {
    await damageTo(local).setNode(id(3), { content: 'one', content_hash: contentHash('one') });
    await damageTo(local).setPayload(id(3), { content: 'two', content_hash: contentHash('two') });

    await scan('content');

    expect((await driftsOf(local)).get(id(3))).toMatchObject({ reason: 'both_altered' });
    expect((await open()).verdicts).toEqual({ skip: 1 });
  });
});

test('what was approved is repaired although a later scan has completed in between', async () => {
  const { world, project } = local;
  await world.projects.changeSettings(project, { mode: 'auto' });
  for (let index = 0; index < 12; index++)
    await damageTo(local).setNode(id(index), { content: `altered ${index}` });
  await damageTo(local).deletePoints([id(15), id(16)]);
  expect((await scan('content')).status).toBe('needs_approval');
  expect((await scan('fingerprints')).status).toBe('completed');

  expect(await approve(await open())).toMatchObject({
    status: 'completed',
    accepted: 14,
    counts: { repaired: 14 },
  });
});

describe('a decision', () => {
  const shown = async () => {
    await damageTo(local).deletePoints([id(3)]);
    await scan('fingerprints');
    return await open();
  };
  const decide = (over: Partial<LocalWorld['world']>, approval: Approval, decision: 'approve' | 'reject') => {
    const { project, world } = local;
    const { approval_id, plan_hash } = approval;
    const request = { project, correlation_id: randomUUID(), approval_id, plan_hash, decision };
    return decideApproval({ ...world, ...over }, request);
  };
  const spent = { code: 'approval_changed' };

  test('to approve can be given again when the release has failed', async () => {
    const { repairs } = local.world;
    const start = () => Promise.reject(new UnavailableError('state', 'network', 'gone'));
    const approval = await shown();
    await expect(decide({ repairs: { ...repairs, start } }, approval, 'approve')).rejects.toThrow();

    await expect(decide({}, approval, 'reject')).rejects.toMatchObject(spent);
    expect(await approve(approval)).toMatchObject({ counts: { repaired: 1 } });

    await expect(decide({}, approval, 'approve')).rejects.toMatchObject(spent);
  });

  test('to approve is carried out by the tick when its doorbells were lost', async () => {
    const { bus } = local.world;
    const publish = () => Promise.reject(new UnavailableError('bus', 'network', 'gone'));
    const approval = await shown();
    await expect(decide({ bus: { ...bus, publish } }, approval, 'approve')).rejects.toThrow();

    await driveScans(local.world, local.project);
    await deliverAll(local);

    expect(await textsOf(local.world, local.project, PATH)).toEqual(local.texts);
  });

  test('to reject stands against a later approval', async () => {
    const approval = await shown();

    await decide({}, approval, 'reject');

    await expect(decide({}, approval, 'approve')).rejects.toMatchObject(spent);
    await expect(decide({}, approval, 'reject')).rejects.toMatchObject(spent);
    expect(await local.world.repairs.list(local.project, { limit: 10 })).toEqual({ items: [] });
  });
});

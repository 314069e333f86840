import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decideApproval } from '../../shared/operations/approval.ts';
import { writeDocument } from '../../shared/operations/write-document.ts';
import { damageTo } from '../support/damage.ts';
import { aWrite, targetsOf } from '../support/documents.ts';
import { deliverAll, EAGER, scanThrough } from '../support/drive.ts';
import { everything, textsOf } from '../support/stores.ts';
import { type LocalWorld, localWorld } from '../support/world.ts';

const PATHS = ['a.md', 'b.md', 'c.md'];
const TEXTS = Array.from({ length: 20 }, (_, index) => `Text ${index}`);

let local: LocalWorld;
beforeEach(async () => {
  local = await localWorld();
  for (const path of PATHS) await writeDocument(local.world, aWrite(local.project, path, TEXTS));
  await local.world.projects.changeSettings(local.project, EAGER);
});
afterEach(() => local.stop());

const nodes = async () => (await everything(local.world.graph, local.project)).size;

describe('a loss in the mass', () => {
  test('an emptied collection leads to no deletion and asks a person', async () => {
    await damageTo(local).emptyCollection();

    const { scan, rows } = await scanThrough(local, 'fingerprints', 2);

    expect(scan.status).toBe('needs_approval');
    expect(rows).toEqual([]);
    expect(await nodes()).toBe(60);
    expect(await local.world.projects.approval(local.project)).toMatchObject({
      reason: 'empty_side',
      verdicts: { copy_to_qdrant: 60 },
    });
  });

  test('an approved plan brings the lost side back', async () => {
    await damageTo(local).emptyCollection();
    await scanThrough(local, 'fingerprints');
    const approval = await local.world.projects.approval(local.project);
    if (!approval) throw new Error('no approval was asked for');

    await decideApproval(local.world, {
      project: local.project,
      correlation_id: randomUUID(),
      ...approval,
      decision: 'approve',
    });
    await deliverAll(local, 2);

    for (const path of PATHS) expect(await textsOf(local.world, local.project, path)).toEqual(TEXTS);
    expect((await scanThrough(local, 'vectors')).scan).toMatchObject({
      status: 'completed',
      drift_percentage: 0,
    });
  });

  test('approval of another plan is refused, and nothing moves', async () => {
    await damageTo(local).emptyCollection();
    await scanThrough(local, 'fingerprints');
    const approval = await local.world.projects.approval(local.project);

    const decision = {
      project: local.project,
      correlation_id: randomUUID(),
      approval_id: approval?.approval_id ?? '',
    };
    await expect(
      decideApproval(local.world, { ...decision, plan_hash: 'f'.repeat(32), decision: 'approve' }),
    ).rejects.toMatchObject({ code: 'approval_changed' });
    expect(await deliverAll(local)).toEqual([]);
    expect(await local.world.projects.approval(local.project)).toEqual(approval);
  });

  test('a recreated collection is not ours: nothing is compared and nothing repaired', async () => {
    const project = await local.world.projects.get(local.project);
    await damageTo(local).dropCollection();
    if (project) await local.world.vectors.register({ ...project, identity: randomUUID() });

    const { scan, rows } = await scanThrough(local, 'fingerprints');

    expect(scan).toMatchObject({ status: 'needs_approval', error: { side: 'vectors', kind: 'identity' } });
    expect(rows).toEqual([]);
    expect(await nodes()).toBe(60);
    expect(await local.world.projects.approval(local.project)).toMatchObject({ reason: 'identity' });
  });

  test('a dropped collection fails the detection or asks, and is never "all missing"', async () => {
    await damageTo(local).dropCollection();

    const { scan, rows } = await scanThrough(local, 'fingerprints');

    expect(['needs_approval', 'detection_failed']).toContain(scan.status);
    expect(scan.drift_percentage).toBeNull();
    expect(rows).toEqual([]);
    expect(await nodes()).toBe(60);
  });

  test('overwrites of more than a tenth of a side wait for a person', async () => {
    const ids = targetsOf(local.project, 'a.md', TEXTS).map(({ chunk }) => chunk.chunk_id);
    for (const id of ids.slice(0, 12)) await damageTo(local).setNode(id, { content: 'overwritten' });

    const { scan, rows } = await scanThrough(local, 'content');

    expect(scan.status).toBe('needs_approval');
    expect(rows).toEqual([]);
    expect(await local.world.projects.approval(local.project)).toMatchObject({
      reason: 'blast_radius',
      verdicts: { reconcile_content: 12 },
    });
  });
});

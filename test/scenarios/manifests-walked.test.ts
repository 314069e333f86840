import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { tryReserve } from '../../shared/operations/reserve.ts';
import { damageTo } from '../support/damage.ts';
import { driftsOf, scanThrough } from '../support/drive.ts';
import { aStory, PATH } from '../support/story.ts';
import type { LocalWorld } from '../support/world.ts';

let local: LocalWorld & { ids: string[]; texts: string[] };
beforeEach(async () => {
  local = await aStory(20);
  await local.world.projects.changeSettings(local.project, { mode: 'observe' });
});
afterEach(() => local.stop());

const id = () => local.ids[3] ?? '';
const drift = async () => (await driftsOf(local)).get(id());
const reserve = async () => {
  const { world, project } = local;
  const head = await world.documents.head(project, PATH);
  if (head === undefined) throw new Error('the document has no head');
  const request = { project, file_path: PATH, kind: 'write', correlation_id: randomUUID() } as const;
  await tryReserve(world, head, { ...request, deadlineSeconds: 60 });
};
const loseBoth = async () => {
  await damageTo(local).deleteNodes([id()]);
  await damageTo(local).deletePoints([id()]);
};

describe('a walk of the manifests that meets an open document', () => {
  test('does not declare gone what it could not look at', async () => {
    await loseBoth();
    await scanThrough(local, 'content');
    expect(await drift()).toMatchObject({ type: 'missing_in_both', status: 'open' });
    local.world.clock.advance(300_000);
    await reserve();

    const { scan } = await scanThrough(local, 'content');

    expect(scan).toMatchObject({ status: 'completed', sums: { in_flight: local.ids.length } });
    expect((await drift())?.status).toBe('open');
  });

  test('settles one whose operation is dead, and looks at it', async () => {
    await loseBoth();
    await reserve();
    local.world.clock.advance(300_000);

    const { scan } = await scanThrough(local, 'content');

    expect(scan.sums).toMatchObject({ in_flight: 0, drifts: { missing_in_both: 1 } });
  });
});

describe('a chunk that no side places in its document any more', () => {
  const displaced = async () => {
    await damageTo(local).setNode(id(), { file_path: 'other.md', content: 'altered' });
    await damageTo(local).deletePoints([id()]);
  };
  const known = { type: 'missing_in_qdrant', cause: 'ghost_delete', file_path: PATH, reason: 'both_altered' };

  test('is judged by the manifest of its document, and counted once', async () => {
    await displaced();

    const { scan } = await scanThrough(local, 'content');

    expect(await drift()).toMatchObject(known);
    expect(scan.sums.drifts).toEqual({ missing_in_qdrant: 1 });
  });

  test('is still known for what it is by a scan that walks no manifests', async () => {
    await displaced();
    await scanThrough(local, 'content');
    local.world.clock.advance(300_000);

    await scanThrough(local, 'fingerprints');

    expect(await drift()).toMatchObject(known);
  });
});

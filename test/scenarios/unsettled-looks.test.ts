import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Depth } from '../../shared/domain/scan.ts';
import { isReserved } from '../../shared/operations/reservation.ts';
import { tryReserve } from '../../shared/operations/reserve.ts';
import { damageTo } from '../support/damage.ts';
import { driftsOf, scanThrough } from '../support/drive.ts';
import { aStory, PATH } from '../support/story.ts';
import type { LocalWorld } from '../support/world.ts';

let local: LocalWorld & { ids: string[]; texts: string[] };
let lost: string;
beforeEach(async () => {
  local = await aStory(20);
  lost = local.ids[3] ?? '';
  await local.world.projects.changeSettings(local.project, { mode: 'observe' });
});
afterEach(() => local.stop());

const headOf = async () => {
  const head = await local.world.documents.head(local.project, PATH);
  if (head === undefined) throw new Error('the document has no head');
  return head;
};
const reserve = async () => {
  const request = {
    project: local.project,
    file_path: PATH,
    kind: 'write',
    correlation_id: randomUUID(),
  } as const;
  await tryReserve(local.world, await headOf(), { ...request, deadlineSeconds: 60 });
};
const giveUp = async () => {
  const head = await headOf();
  if (isReserved(head))
    await local.world.documents.close(head, new Date(local.world.clock.now()).toISOString());
};

/** The same world, in which something happens each time that a worker waits. */
const scanWhile = async (depth: Depth, meanwhile: () => Promise<unknown>) => {
  const { clock } = local.world;
  const sleep: typeof clock.sleep = async (ms) => {
    await clock.sleep(ms);
    await meanwhile();
  };
  return await scanThrough({ ...local, world: { ...local.world, clock: { ...clock, sleep } } }, depth);
};

describe('a chunk whose document is being written while it is looked at', () => {
  test.each(['fingerprints', 'content'] as const)(
    'is found by the same scan once that write is given up (%s)',
    async (depth) => {
      await damageTo(local).deletePoints([lost]);
      await reserve();

      const { scan } = await scanWhile(depth, giveUp);

      expect(scan.sums).toMatchObject({ in_flight: 0, drifts: { missing_in_qdrant: 1 } });
      expect([...(await driftsOf(local)).keys()]).toEqual([lost]);
    },
  );

  test('is found where both sides have lost it, as only the manifest can tell', async () => {
    await damageTo(local).deletePoints([lost]);
    await damageTo(local).deleteNodes([lost]);
    await reserve();

    const { scan } = await scanWhile('content', giveUp);

    expect(scan.sums).toMatchObject({ in_flight: 0, drifts: { missing_in_both: 1 } });
  });

  test('counts as not told where that write outlives the scan', async () => {
    await damageTo(local).deletePoints([lost]);
    await reserve();

    const { scan } = await scanThrough(local, 'fingerprints');

    expect(scan).toMatchObject({ status: 'completed', sums: { in_flight: 1, drifts: {} } });
    expect(await driftsOf(local)).toEqual(new Map());
  });
});

describe('a chunk that differs in another way at each look', () => {
  test('is found once it stands still', async () => {
    let edits = 0;
    const edit = async () => {
      if (++edits < 3) await damageTo(local).setPayload(lost, { content: `edit ${edits}` });
    };
    await damageTo(local).setPayload(lost, { content: 'first', content_hash: 'v1:0' });

    const { scan } = await scanWhile('fingerprints', edit);

    expect(scan.sums).toMatchObject({ in_flight: 0, drifts: { content_mismatch: 1 } });
  });

  test('is given up after a few looks, and counts as not told', async () => {
    let edits = 0;
    await damageTo(local).setPayload(lost, { content: 'first', content_hash: 'v1:0' });

    const { scan } = await scanWhile('fingerprints', () =>
      damageTo(local).setPayload(lost, { content: `edit ${++edits}` }),
    );

    expect(scan).toMatchObject({ status: 'completed', sums: { in_flight: 1, drifts: {} } });
  });
});

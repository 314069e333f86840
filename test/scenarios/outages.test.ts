import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { planScan } from '../../shared/operations/plan-scan.ts';
import { repairBatch } from '../../shared/operations/repair.ts';
import { scanShard } from '../../shared/operations/scan-shard.ts';
import { settleWrites } from '../../shared/operations/settle-writes.ts';
import { writeDocument } from '../../shared/operations/write-document.ts';
import { damageTo } from '../support/damage.ts';
import { aWrite } from '../support/documents.ts';
import { driftsOf, scanThrough } from '../support/drive.ts';
import { failing } from '../support/failing.ts';
import { requestRun } from '../support/repairs.ts';
import { everything, textsOf } from '../support/stores.ts';
import { aStory, PATH } from '../support/story.ts';
import type { LocalWorld } from '../support/world.ts';

let local: LocalWorld & { ids: string[]; texts: string[] };
afterEach(() => local.stop());

const plan = (world: LocalWorld['world']) =>
  planScan(world, { project: local.project, depth: 'fingerprints', correlation_id: randomUUID() });

describe('network partition', () => {
  test.each(['graph', 'vectors'] as const)(
    'a %s that can not be reached when the scan is planned fails the detection',
    async (port) => {
      local = await aStory(5);
      const { world, heal } = failing(local.world, { port });

      const { scan } = await plan(world);

      expect(scan).toMatchObject({
        status: 'detection_failed',
        drift_percentage: null,
        error: { side: port, kind: 'network' },
      });
      expect(await everything(local.world.graph, local.project)).toHaveLength(5);
      heal();
      expect((await scanThrough(local, 'fingerprints')).scan).toMatchObject({
        status: 'completed',
        drift_percentage: 0,
      });
    },
  );

  test.each(['graph', 'vectors'] as const)(
    'a %s that is lost while its pages are read is never "all missing"',
    async (port) => {
      local = await aStory(5);
      const { scan } = await plan(local.world);
      const { world } = failing(local.world, { port, methods: ['fingerprints'], kind: 'timeout' });
      const work = () =>
        scanShard(world, {
          project: local.project,
          scan_id: scan.scan_id,
          shard: 0,
          owner: randomUUID(),
          remainingMs: () => 600_000,
        });

      expect([await work(), await work(), await work()]).toEqual(['failed', 'failed', 'failed']);

      expect(await local.world.scans.get(local.project, scan.scan_id)).toMatchObject({
        status: 'detection_failed',
        drift_percentage: null,
        error: { side: port, kind: 'timeout' },
      });
      expect((await driftsOf(local)).size).toBe(0);
    },
  );
});

describe('partial failure', () => {
  test('a write that one store took in part ends whole, on the old text', async () => {
    local = await aStory(3);
    let calls = 0;
    const vectors = {
      ...local.world.vectors,
      apply: async (...parameters: Parameters<LocalWorld['world']['vectors']['apply']>) => {
        const [guard, changes] = parameters;
        if (calls++ === 0) await local.world.vectors.apply(guard, changes.slice(0, 1));
        return await failing(local.world, { port: 'vectors', methods: ['apply'] }).world.vectors.apply(
          guard,
          changes,
        );
      },
    };

    await expect(
      writeDocument(
        { ...local.world, vectors },
        aWrite(local.project, PATH, ['eins', 'zwei', 'drei', 'vier']),
      ),
    ).rejects.toMatchObject({ code: 'unavailable' });

    expect(await textsOf(local.world, local.project, PATH)).toEqual(local.texts);
  });

  test('a batch that is applied after its client gave up changes nothing that was rolled back', async () => {
    local = await aStory(3);
    let late: (() => Promise<unknown>) | undefined;
    const vectors = {
      ...local.world.vectors,
      apply: async (...parameters: Parameters<LocalWorld['world']['vectors']['apply']>) => {
        late = () => local.world.vectors.apply(...parameters);
        return await failing(local.world, { port: 'vectors' }).world.vectors.apply(...parameters);
      },
    };
    await writeDocument(
      { ...local.world, vectors },
      aWrite(local.project, PATH, ['eins', 'zwei', 'drei', 'vier']),
    ).catch(() => undefined);

    await late?.();

    const points = await everything(local.world.vectors, local.project);
    const texts = local.ids.map((id) => points.get(id)?.content);
    expect(texts).toEqual(local.texts);
    const { scan } = await scanThrough(local, 'fingerprints');
    expect(scan.sums.drifts).toEqual({ deleted_but_present: 1 });
    expect(await textsOf(local.world, local.project, PATH)).toEqual(local.texts);
  });
});

describe('event store failing', () => {
  test('before the write: nothing is touched, and the caller hears 503', async () => {
    local = await aStory(3);
    const { world } = failing(local.world, { port: 'events' });

    await expect(writeDocument(world, aWrite(local.project, PATH, ['eins']))).rejects.toMatchObject({
      dependency: 'events',
    });

    expect(await textsOf(local.world, local.project, PATH)).toEqual(local.texts);
  });

  test('after the commit: the other side is written too, and settle completes the record', async () => {
    local = await aStory(3);
    const { world, heal } = failing(local.world, {
      port: 'events',
      methods: ['append'],
      hits: (call) => call > 1,
    });
    await writeDocument(world, aWrite(local.project, PATH, ['eins']));
    heal();
    local.world.clock.advance(120_000);

    const { settled } = await settleWrites(local.world, () => 600_000);

    expect(settled).toMatchObject([{ file_path: PATH, outcome: 'rolled_forward' }]);
    const { items } = await local.world.events.byDocument(local.project, PATH, { limit: 100 });
    const second = items.filter(({ version }) => version === 2).map(({ event_type }) => event_type);
    expect(second).toEqual(
      expect.arrayContaining(['write_started', 'qdrant_written', 'write_completed', 'write_settled']),
    );
    expect(await textsOf(local.world, local.project, PATH)).toEqual(['eins']);
  });

  test('a scan without State does not start, and the old status stays', async () => {
    local = await aStory(3);
    const { world } = failing(local.world, { port: 'scans' });

    await expect(plan(world)).rejects.toMatchObject({ code: 'unavailable' });
    expect(await local.world.scans.active(local.project)).toEqual([]);
  });
});

describe('cascading failure', () => {
  test('three failures of a store open its breaker; nothing more is sent to it until a probe succeeds', async () => {
    local = await aStory(9);
    await damageTo(local).deletePoints(local.ids.slice(0, 8));
    const { world, heal, hits } = failing(local.world, { port: 'vectors', methods: ['apply'] });
    const attempt = async (index: number, on: LocalWorld['world']) => {
      const id = local.ids[index] ?? '';
      const [row] = await repairBatch(on, {
        project: local.project,
        repair_id: await requestRun(local, [id]),
        chunk_ids: [id],
        caller: randomUUID(),
      });
      return row?.reason ?? row?.outcome;
    };

    const outcomes = [];
    for (let index = 0; index < 4; index++) outcomes.push(await attempt(index, world));
    const sent = hits();
    expect(outcomes).toEqual(['failed', 'failed', 'failed', 'breaker_open']);
    expect(await attempt(7, world)).toBe('breaker_open');
    expect(hits()).toBe(sent);

    heal();
    local.world.clock.advance(120_000);
    expect(await attempt(7, world)).toBe('repaired');
    const breakers = await local.world.breakers.all(local.project);
    expect(breakers.find(({ dependency }) => dependency === 'vectors')).toMatchObject({ state: 'closed' });
  });
});

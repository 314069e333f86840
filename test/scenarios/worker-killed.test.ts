import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { driveScans } from '../../shared/operations/drive-scans.ts';
import { planScan } from '../../shared/operations/plan-scan.ts';
import { scanShard } from '../../shared/operations/scan-shard.ts';
import type { World } from '../../shared/operations/world.ts';
import { writeDocument } from '../../shared/operations/write-document.ts';
import { damageTo } from '../support/damage.ts';
import { aWrite, targetsOf } from '../support/documents.ts';
import { driftsOf } from '../support/drive.ts';
import { firstStep, STRIDE } from '../support/effort.ts';
import { guarded, mortal } from '../support/mortal.ts';
import { type LocalWorld, localWorld } from '../support/world.ts';

const PATH = 'docs/long.md';
const TEXTS = Array.from({ length: 12 }, (_, index) => `Line ${index}`);
const ROWS = 3;
const HOUR = 3_600_000;

let local: LocalWorld;
let damaged: string[];
beforeEach(async () => {
  local = await localWorld();
  await writeDocument(local.world, aWrite(local.project, PATH, TEXTS));
  await local.world.projects.changeSettings(local.project, { grace_seconds: 1, scan_intensity_percent: 100 });
  const ids = targetsOf(local.project, PATH, TEXTS)
    .map(({ chunk }) => chunk.chunk_id)
    .sort();
  damaged = [1, 4, 5, 8, 11].map((index) => ids[index] ?? '');
  await damageTo(local).deletePoints(damaged.slice(0, 3));
  await damageTo(local).deleteNodes(damaged.slice(3));
});
afterEach(() => local.stop());

const planned = async () => {
  const { scan } = await planScan(local.world, {
    project: local.project,
    depth: 'fingerprints',
    correlation_id: randomUUID(),
  });
  local.world.bus.take('ShardReady');
  return scan;
};

const work = (world: World, scan_id: string) =>
  scanShard(world, {
    project: local.project,
    scan_id,
    shard: 0,
    owner: randomUUID(),
    remainingMs: () => HOUR,
    pageRows: ROWS,
  });

/** How many pages of the graph a world has read: what a restart repeats. */
const counting = () => {
  let pages = 0;
  const graph = guarded(local.world.graph, (act, method) => {
    if (method === 'fingerprints') pages++;
    return act();
  });
  return { world: { ...local.world, graph }, pages: () => pages };
};

describe('a worker killed anywhere', () => {
  test.each(['before', 'after'] as const)(
    '%s any step leaves the drift set of an undisturbed scan',
    async (when) => {
      for (let step = firstStep(when); ; step += STRIDE) {
        const scan = await planned();
        const doomed = mortal(local.world, step, when);
        await work(doomed.world, scan.scan_id).catch(() => undefined);
        local.world.clock.advance(2 * 60_000);
        if (doomed.isDead()) await work(local.world, scan.scan_id);
        await driveScans(local.world, local.project);

        const found = await driftsOf(local);
        expect([...found.keys()].sort()).toEqual(damaged);
        const closed = await local.world.scans.get(local.project, scan.scan_id);
        expect(closed?.sums ?? {}).toMatchObject({
          distinct: 12,
          drifts: { missing_in_qdrant: 3, missing_in_neo4j: 2 },
        });
        expect(closed?.status).toBe('completed');
        if (!doomed.isDead()) return expect(step).toBeGreaterThan(20);
      }
    },
  );

  test('repeats at most one page past its checkpoint', async () => {
    const undisturbed = counting();
    await work(undisturbed.world, (await planned()).scan_id);
    const scan = await planned();
    const first = counting();
    const doomed = mortal(first.world, 20, 'before');
    await work(doomed.world, scan.scan_id).catch(() => undefined);
    local.world.clock.advance(2 * 60_000);
    const second = counting();
    await work(second.world, scan.scan_id);

    // Each worker also reads the next page ahead, which the other one reads again.
    expect(first.pages() + second.pages()).toBeLessThanOrEqual(undisturbed.pages() + 3);
  });
});

describe('two workers on one shard', () => {
  test('the second finds it held, and takes it over once the lease has run out', async () => {
    const scan = await planned();
    const held = await local.world.scans.lease(
      local.project,
      scan.scan_id,
      0,
      'first',
      new Date(local.world.clock.now()).toISOString(),
      new Date(local.world.clock.now() + 60_000).toISOString(),
    );
    expect(await work(local.world, scan.scan_id)).toBe('busy');
    local.world.clock.advance(61_000);

    expect(await work(local.world, scan.scan_id)).toBe('done');

    const late = {
      ...(held?.shard.progress ?? { status: 'walking', pages: 0, sums: scan.sums }),
      pages: 99,
      cursor: 'late',
    } as const;
    if (!held) throw new Error('no lease');
    await expect(local.world.scans.checkpoint(held, late, new Date().toISOString())).rejects.toMatchObject({
      code: 'fenced',
    });
    expect((await driftsOf(local)).size).toBe(damaged.length);
  });

  test('a worker paused past its lease writes nothing when it wakes', async () => {
    const scan = await planned();
    let pause = true;
    const sleepy = {
      ...local.world,
      vectors: guarded(local.world.vectors, async (act, method) => {
        const result = await act();
        if (method === 'fingerprints' && pause) {
          pause = false;
          local.world.clock.advance(5 * 60_000);
          expect(await work(local.world, scan.scan_id)).toBe('done');
        }
        return result;
      }),
    };

    expect(await work(sleepy, scan.scan_id)).toBe('fenced');

    const closed = await local.world.scans.get(local.project, scan.scan_id);
    expect(closed?.sums).toMatchObject({
      distinct: 12,
      drifts: { missing_in_qdrant: 3, missing_in_neo4j: 2 },
    });
  });
});

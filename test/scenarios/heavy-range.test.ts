import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UnavailableError } from '../../shared/errors.ts';
import { driveScans } from '../../shared/operations/drive-scans.ts';
import { planScan } from '../../shared/operations/plan-scan.ts';
import { scanShard } from '../../shared/operations/scan-shard.ts';
import { damageTo } from '../support/damage.ts';
import { driftsOf } from '../support/drive.ts';
import { mortalAt } from '../support/mortal.ts';
import { aStory } from '../support/story.ts';
import type { LocalWorld } from '../support/world.ts';

const CHUNKS = 200;
const HALF = '80000000-0000-0000-0000-000000000000';

let local: LocalWorld & { ids: string[] };
let scan_id: string;
beforeEach(async () => {
  local = await aStory(CHUNKS);
  await local.world.projects.changeSettings(local.project, { mode: 'observe', scan_intensity_percent: 100 });
  const request = { project: local.project, depth: 'fingerprints', correlation_id: randomUUID() } as const;
  scan_id = (await planScan(local.world, request)).scan.scan_id;
});
afterEach(() => local.stop());

/** The same world, in which a page of the upper half of the ids comes in time only if it has few rows. */
const heavyAbove = (rows: number, { isDown = false, meanwhile = async () => {} } = {}) => {
  const limits: number[] = [];
  const late = () => new UnavailableError('vectors', 'timeout', 'no answer in time');
  const { vectors } = local.world;
  const fingerprints: typeof vectors.fingerprints = async (project, range, after, limit) => {
    const page = await vectors.fingerprints(project, range, after, limit);
    limits.push(limit);
    if (limit <= rows || (page.ids.at(-1) ?? '') < HALF) return page;
    await meanwhile();
    throw late();
  };
  const ping = async () => {
    if (isDown) throw late();
  };
  const world = { ...local.world, vectors: Object.assign(Object.create(vectors), { fingerprints, ping }) };
  return { world: world as LocalWorld['world'], limits };
};
const work = (world: LocalWorld['world'], remainingMs = () => 600_000) =>
  scanShard(world, {
    project: local.project,
    scan_id,
    shard: 0,
    owner: randomUUID(),
    remainingMs,
    pageRows: 160,
  });
const scanned = () => local.world.scans.get(local.project, scan_id);
const shard = async () => (await local.world.scans.shards(local.project, scan_id))[0];

describe('a range whose pages are too heavy to be read in time', () => {
  test('is walked to its end in smaller ones, without a failure', async () => {
    const lost = local.ids.toSorted().at(-3) ?? '';
    await damageTo(local).deletePoints([lost]);

    expect(await work(heavyAbove(40).world)).toBe('done');

    const sums = { compared: CHUNKS, drifts: { missing_in_qdrant: 1 } };
    expect(await scanned()).toMatchObject({ status: 'completed', sums });
    expect(await shard()).toMatchObject({ failures: 0, progress: { page_rows: 40 } });
    expect([...(await driftsOf(local)).keys()]).toEqual([lost]);
  });

  test('goes on in smaller ones with the next worker, from where the last one stopped', async () => {
    const { world } = heavyAbove(40);
    let asked = 0;
    const stopping = () => (++asked > 3 ? 0 : 600_000);
    expect(await work(world, stopping)).toBe('stopped');
    const { page_rows } = (await shard())?.progress ?? {};
    expect(page_rows).toBeLessThan(160);

    const next = heavyAbove(40);
    expect(await work(next.world)).toBe('done');

    expect(next.limits[0]).toBe(page_rows);
    expect(await scanned()).toMatchObject({ status: 'completed', sums: { compared: CHUNKS } });
  });

  test.each(['before', 'after'] as const)(
    'loses and doubles nothing when its worker dies %s it is told to read less',
    async (when) => {
      const dying = mortalAt(heavyAbove(40).world, 'scans.checkpoint', when);
      await expect(work(dying.world as LocalWorld['world'])).rejects.toThrow();
      local.world.clock.advance(120_000);

      expect(await work(heavyAbove(40).world)).toBe('done');

      expect(await scanned()).toMatchObject({
        status: 'completed',
        sums: { compared: CHUNKS, distinct: CHUNKS },
      });
    },
  );

  test('is not read in smaller ones by a worker that has lost it while it waited', async () => {
    const takeOver = async () => {
      local.world.clock.advance(120_000);
      expect(await work(local.world)).toBe('done');
    };

    expect(await work(heavyAbove(40, { meanwhile: takeOver }).world)).toBe('fenced');

    expect((await shard())?.progress).not.toHaveProperty('page_rows');
    expect(await scanned()).toMatchObject({ status: 'completed', sums: { compared: CHUNKS } });
  });

  test('ends the scan where even the smallest are, after few tries', async () => {
    const { world, limits } = heavyAbove(0);

    for (let tries = 0; tries < 3; tries++) expect(await work(world)).toBe('failed');
    await driveScans(world, local.project);

    expect(await scanned()).toMatchObject({
      status: 'detection_failed',
      drift_percentage: null,
      error: { side: 'vectors', kind: 'timeout' },
    });
    expect(Math.min(...limits)).toBeGreaterThanOrEqual(25);
    expect(limits.length).toBeLessThan(20);
  });
});

test('a side that answers nothing at all fails the shard at once, whose pages stay as they are', async () => {
  const { world } = heavyAbove(40, { isDown: true });

  expect(await work(world)).toBe('failed');

  expect(await shard()).toMatchObject({ failures: 1 });
  expect((await shard())?.progress).not.toHaveProperty('page_rows');
});

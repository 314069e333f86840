import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { shortestPage } from '../../shared/domain/page-rows.ts';
import { evenRanges, NO_SUMS, type Shard } from '../../shared/domain/scan.ts';
import type { Settings } from '../../shared/domain/settings.ts';
import { driveScans } from '../../shared/operations/drive-scans.ts';
import { planScan } from '../../shared/operations/plan-scan.ts';
import { type ShardOutcome, scanShard } from '../../shared/operations/scan-shard.ts';
import { rungShards } from '../support/bus.ts';
import { damageTo } from '../support/damage.ts';
import { driftsOf } from '../support/drive.ts';
import { Death } from '../support/mortal.ts';
import { aStory } from '../support/story.ts';
import type { LocalWorld } from '../support/world.ts';

type W = LocalWorld['world'];
type Side = W['graph' | 'vectors'];

const CHUNKS = 96;
const RANGES = 8;
const PAGE_ROWS = 10;
const MS_A_ROW = 5;
const LEASE_MS = 60_000;

let local: LocalWorld & { ids: string[] };
let scan_id: string;
/** The first ids of the ranges that were read, page by page; for how long; and what was slept. */
let pages: string[];
let readMs: number;
let sleeps: number[];
/** How many rows each page was asked to have. */
let limits: number[];

beforeEach(async () => {
  [pages, readMs, sleeps, limits] = [[], 0, [], []];
  local = await aStory(CHUNKS);
  await set({ mode: 'observe', grace_seconds: 1, content_sample_percent: 0 });
});
afterEach(() => local.stop());

const set = (changes: Partial<Settings>) => local.world.projects.changeSettings(local.project, changes);

/** The same world, in which reading a page takes time, and in which sleeping is noted. */
const slow = (msARow = MS_A_ROW, sleep: W['clock']['sleep'] = local.world.clock.sleep): W => {
  const { clock, graph, vectors } = local.world;
  const read = <Store extends Side>(side: Store): Store =>
    Object.assign(Object.create(side) as Store, {
      fingerprints: async (...[project, range, after, limit]: Parameters<Side['fingerprints']>) => {
        const page = await side.fingerprints(project, range, after, limit);
        pages.push(range.from);
        limits.push(limit);
        readMs += page.ids.length * msARow;
        clock.advance(page.ids.length * msARow);
        return page;
      },
    });
  const noted = async (ms: number) => {
    sleeps.push(ms);
    await sleep(ms);
  };
  return {
    ...local.world,
    graph: read(graph),
    vectors: read(vectors),
    clock: { ...clock, sleep: noted },
  };
};

/** A scan cut as one of a large project is. */
const plan = async (intensity_percent?: number, ranges = RANGES): Promise<void> => {
  const { scans } = local.world;
  const start: typeof scans.start = (scan) =>
    scans.start(
      { ...scan, shard_count: ranges },
      evenRanges(ranges).map(
        (range, shard): Shard => ({
          ...{ project: scan.project, scan_id: scan.scan_id, shard, correlation_id: scan.correlation_id },
          ...{ task: { kind: 'range', range }, failures: 0 },
          progress: { status: 'walking', pages: 0, sums: NO_SUMS },
        }),
      ),
    );
  const cut = { ...local.world, scans: Object.assign(Object.create(scans), { start }) };
  const request = { project: local.project, depth: 'fingerprints', correlation_id: randomUUID() } as const;
  const asked = intensity_percent === undefined ? request : { ...request, intensity_percent };
  scan_id = (await planScan(cut, asked)).scan.scan_id;
  local.world.bus.take('ShardReady');
  await driveScans(local.world, local.project);
};
const work = (
  world: W,
  shard: number,
  remainingMs = () => 900_000,
  pageRows = PAGE_ROWS,
): Promise<ShardOutcome> =>
  scanShard(world, {
    ...{ project: local.project, scan_id, shard, owner: randomUUID() },
    ...{ remainingMs, pageRows },
  });
const scan = () => local.world.scans.get(local.project, scan_id);
const shards = () => local.world.scans.shards(local.project, scan_id);
const rung = () => local.world.bus.take('ShardReady').map(({ message }) => message.shard);
const walkRung = async (world: W) => {
  for (const { message } of rungShards(local.world.bus)) await work(world, message.shard);
};
/** A page of a range follows another one, of the other side or the next; no range comes twice. */
const rangesInOrder = () => pages.filter((from, at) => from !== pages[at - 1]);

describe('a scan below full intensity', () => {
  test('reads the stores for no more than its share of the time', async () => {
    await plan();
    const started = local.world.clock.now();

    await walkRung(slow());

    const share = readMs / (local.world.clock.now() - started);
    expect(await scan()).toMatchObject({ status: 'completed', sums: { compared: CHUNKS } });
    // Nothing is waited for after the last pages.
    expect(share).toBeLessThanOrEqual(0.1 + (2 * PAGE_ROWS * MS_A_ROW) / (local.world.clock.now() - started));
    expect(share).toBeGreaterThan(0.07);
  });

  test.each([25, 50])('reads for as much as the project allows it, %i percent', async (percent) => {
    await set({ scan_intensity_percent: percent });
    await plan();
    const started = local.world.clock.now();

    await walkRung(slow());

    const share = (100 * readMs) / (local.world.clock.now() - started);
    expect(share).toBeGreaterThan(0.7 * percent);
    expect(share).toBeLessThan(1.2 * percent);
  });

  test('does not take its own pauses for a slow store, and read ever smaller pages', async () => {
    const rows = 90;
    await plan(undefined, 1);

    await work(slow(20), 0, undefined, rows);

    expect(await scan()).toMatchObject({ status: 'completed', sums: { compared: CHUNKS } });
    expect(Math.min(...limits)).toBe(shortestPage(rows));
  });

  test('lets eight walk at once when half of its time has passed', async () => {
    await plan();
    expect(rung()).toEqual([0]);
    local.world.clock.advance(151_000);

    await driveScans(local.world, local.project);

    expect(rung()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(await work(slow(), 7)).toBe('done');
  });

  test('lets one shard walk after the other, though each is rung twice and out of turn', async () => {
    await plan();
    const world = slow();

    for (let round = 0; round < 3 * RANGES && (await scan())?.status === 'running'; round++) {
      const all = [...rung(), ...Array.from({ length: RANGES }, (_, shard) => shard)];
      await Promise.all([...all, ...all].map((shard) => work(world, shard)));
    }

    expect(rangesInOrder()).toEqual(evenRanges(RANGES).map(({ from }) => from));
    expect(await scan()).toMatchObject({ status: 'completed', sums: { compared: CHUNKS } });
  });

  test('is not slower for being asked too little: it is over within half of its interval', async () => {
    await set({ scan_intensity_percent: 1, check_interval_seconds: 60 });
    await plan();
    const started = local.world.clock.now();

    await walkRung(slow());

    expect(await scan()).toMatchObject({ status: 'completed', sums: { compared: CHUNKS } });
    const took = local.world.clock.now() - started;
    expect(took).toBeLessThanOrEqual(30_000 + readMs);
    expect(took).toBeGreaterThan(20_000);
  });

  test('does not pause while it is late', async () => {
    await plan();
    local.world.clock.advance(200_000);

    await walkRung(slow());

    expect(sleeps).toEqual([]);
    expect(await scan()).toMatchObject({ status: 'completed' });
  });

  test('of one page does not pause', async () => {
    await plan(undefined, 1);
    const [project, shard] = [local.project, 0];

    const request = { project, scan_id, shard, owner: randomUUID(), remainingMs: () => 900_000 };
    expect(await scanShard(slow(), request)).toBe('done');

    expect(sleeps).toEqual([]);
    expect(pages).toHaveLength(2);
  });
});

describe('shards that differ', () => {
  test('wait out their grace periods together', async () => {
    const lost = evenRanges(RANGES).map(({ from }) => local.ids.toSorted().find((id) => id >= from) ?? '');
    await damageTo(local).deletePoints(lost);
    await set({ grace_seconds: 60 });
    await plan();
    const waiting: (() => void)[] = [];
    let isWaiting = Promise.withResolvers<void>();
    const world = slow(MS_A_ROW, async (ms) => {
      if (ms < 15_000) return await local.world.clock.sleep(ms);
      await new Promise<void>((wake) => {
        waiting.push(wake);
        isWaiting.resolve();
      });
    });

    const working: Promise<ShardOutcome>[] = [];
    for (let range = 0; range < RANGES; range++) {
      isWaiting = Promise.withResolvers();
      working.push(...rung().map((shard) => work(world, shard)));
      await isWaiting.promise;
    }
    const statuses = (await shards()).map(({ progress: { status } }) => status);

    expect(statuses).toEqual(Array.from({ length: RANGES }, () => 'confirming'));
    local.world.clock.advance(60_000);
    for (const wake of waiting.splice(0)) wake();
    await Promise.all(working);
    await walkRung(slow());
    expect(await scan()).toMatchObject({
      status: 'completed',
      sums: { drifts: { missing_in_qdrant: RANGES } },
    });
  });
});

describe('a worker that dies in a pause', () => {
  /** Dies at its n-th pause; nothing after it happens. */
  const dying = (at: number): W => {
    let slept = 0;
    return slow(MS_A_ROW, async (ms) => {
      if (++slept >= at) throw new Death('died asleep');
      await local.world.clock.sleep(ms);
    });
  };

  test('leaves the scan to others, which find the same', async () => {
    const lost = local.ids.filter((_, at) => at % 20 === 3);
    await damageTo(local).deletePoints(lost);
    await plan();

    for (let life = 1; life < 40 && (await scan())?.status === 'running'; life++) {
      const twice = rung().flatMap((shard) => [shard, shard]);
      const mortal = life % 4 === 0 ? slow() : dying(1 + (life % 3));
      await Promise.allSettled(twice.map((shard) => work(mortal, shard)));
      local.world.clock.advance(LEASE_MS + 1_000);
      await driveScans(local.world, local.project);
    }

    expect(await scan()).toMatchObject({
      status: 'completed',
      sums: { compared: CHUNKS, distinct: CHUNKS, drifts: { missing_in_qdrant: lost.length } },
    });
    expect([...(await driftsOf(local)).keys()].sort()).toEqual(lost.sort());
  });
});

describe('a pause', () => {
  beforeEach(() => set({ check_interval_seconds: 3_600 }));

  test('longer than a lease keeps it', async () => {
    await plan(undefined, 1);
    const others: ShardOutcome[] = [];
    const world = slow(800, async (ms) => {
      await local.world.clock.sleep(ms);
      if (sleeps.length % 5 === 0) others.push(await work(local.world, 0));
    });

    expect(await work(world, 0)).toBe('done');

    expect(sleeps.length).toBeGreaterThan(10);
    expect(Math.max(...sleeps)).toBeLessThanOrEqual(LEASE_MS / 3);
    expect(new Set(others)).toEqual(new Set(['busy']));
  });

  test('that does not fit in ends the work at its checkpoint', async () => {
    await plan(undefined, 1);

    expect(await work(slow(800), 0, () => 20_000)).toBe('stopped');

    const [shard] = await shards();
    expect(shard?.progress.walked).toBeGreaterThan(0);
    expect(shard).not.toHaveProperty('owner');
    expect(await work(slow(1), 0)).toBe('done');
    expect(await scan()).toMatchObject({ status: 'completed', sums: { compared: CHUNKS } });
  });

  test('of a scan that is cancelled in it is followed by few others', async () => {
    await plan(undefined, 1);
    const { scans, clock } = local.world;
    const world = slow(100, async (ms) => {
      await clock.sleep(ms);
      await scans.change(local.project, scan_id, ['running'], { status: 'cancelled' });
    });

    expect(await work(world, 0)).toBe('stopped');

    expect(sleeps.reduce((sum, ms) => sum + ms, 0)).toBeLessThan(10_000);
    expect((await shards())[0]?.progress.walked ?? 0).toBeLessThan(CHUNKS);
  });
});

describe('who asks for a scan', () => {
  test('may have it at full intensity: all shards at once, no pauses', async () => {
    await plan(100);
    const all = rung();

    await Promise.all(all.map((shard) => work(slow(), shard)));

    expect(all).toHaveLength(RANGES);
    expect(sleeps).toEqual([]);
    expect(await scan()).toMatchObject({ status: 'completed', intensity_percent: 100 });
  });

  test.each<[number | undefined, number[]]>([
    [undefined, [0]],
    [50, [0]],
    [100, [0, 1, 2]],
  ])('has so many shards rung at once, asking for %s: %j', async (intensity_percent, first) => {
    const { graph, vectors } = local.world;
    const enlarged = <Store extends Side>(side: Store): Store =>
      Object.assign(Object.create(side) as Store, {
        count: async () => 300_000,
        countByBucket: async () => Array.from({ length: 256 }, () => 300_000 / 256),
      });
    const large = { ...local.world, graph: enlarged(graph), vectors: enlarged(vectors) };

    const asked = { project: local.project, depth: 'fingerprints', correlation_id: randomUUID() } as const;
    await planScan(large, intensity_percent === undefined ? asked : { ...asked, intensity_percent });

    expect(rung()).toEqual(first);
  });
});

describe('a change of the setting', () => {
  test('holds from the next lease on, and rings all with the next tick', async () => {
    await plan();
    rung();
    await set({ scan_intensity_percent: 100 });

    await driveScans(local.world, local.project);

    const all = rung();
    expect(all).toHaveLength(RANGES);
    await set({ scan_intensity_percent: 10 });
    expect(await work(slow(), 5)).toBe('early');
    expect(await work(slow(), 0)).toBe('done');
    expect(rung()).toEqual([1]);
  });
});

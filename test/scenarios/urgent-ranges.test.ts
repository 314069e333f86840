import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Depth } from '../../shared/domain/scan.ts';
import { byUrgency } from '../../shared/domain/urgency.ts';
import { driveScans } from '../../shared/operations/drive-scans.ts';
import { planScan } from '../../shared/operations/plan-scan.ts';
import { scanShard } from '../../shared/operations/scan-shard.ts';
import { tracesOf } from '../../shared/operations/shard-traces.ts';
import { rungShards } from '../support/bus.ts';
import { damageTo } from '../support/damage.ts';
import { aStory } from '../support/story.ts';
import type { LocalWorld } from '../support/world.ts';

/** Each chunk counts as so many, so that a small project is cut as a large one. */
const TIMES = 1_000;
const CHUNKS = 400;

let local: LocalWorld & { ids: string[] };
let large: LocalWorld['world'];
beforeEach(async () => {
  local = await aStory(CHUNKS);
  const { world, project } = local;
  await world.projects.changeSettings(project, { mode: 'observe', content_sample_percent: 0 });
  large = { ...world, graph: enlarged(world.graph), vectors: enlarged(world.vectors) };
});
afterEach(() => local.stop());

const enlarged = <Store extends LocalWorld['world']['graph' | 'vectors']>(store: Store): Store =>
  Object.assign(Object.create(store), {
    count: async (project: string) => TIMES * (await store.count(project)),
    countByBucket: async (project: string) =>
      (await store.countByBucket(project)).map((count) => TIMES * count),
  });

const plan = async (depth: Depth): Promise<string> => {
  local.world.clock.advance(300_000);
  const request = { project: local.project, depth, correlation_id: randomUUID() };
  return (await planScan(large, request)).scan.scan_id;
};
/** Walks what was rung, in the order in which it was; answers the first id of each range. */
const walkAll = async (scan_id: string) => {
  const tasks = new Map(
    (await local.world.scans.shards(local.project, scan_id)).map(({ shard, task }) => [shard, task]),
  );
  const walked: string[] = [];
  for (const { message } of rungShards(local.world.bus)) {
    const task = tasks.get(message.shard);
    walked.push(task?.kind === 'range' ? task.range.from : (task?.kind ?? ''));
    const shift = { ...message, owner: randomUUID(), remainingMs: () => 600_000 };
    expect(await scanShard(local.world, shift)).toBe('done');
  }
  expect(await local.world.scans.get(local.project, scan_id)).toMatchObject({ status: 'completed' });
  return walked;
};
const scan = async (depth: Depth) => await walkAll(await plan(depth));
const compared = async () =>
  (await local.world.scans.list(local.project, { limit: 1 })).items[0]?.sums.compared;
/** An id in the range that begins at one of them. */
const idIn = (ranges: string[], from: string | undefined) => {
  const to = ranges.toSorted()[ranges.toSorted().indexOf(from ?? '') + 1] ?? '~';
  return local.ids.find((id) => id >= (from ?? '') && id < to) ?? '';
};

describe('the ranges of a scan are walked', () => {
  test('in their order where nothing is known of them, each once', async () => {
    const ranges = await scan('fingerprints');

    expect(ranges).toHaveLength(4);
    expect(ranges).toEqual(ranges.toSorted());
    expect(await compared()).toBe(CHUNKS);
  });

  test('first where the sides count differently', async () => {
    const ranges = await scan('fingerprints');
    await damageTo(local).deletePoints([idIn(ranges, ranges[2])]);

    const again = await scan('fingerprints');

    expect(again[0]).toBe(ranges[2]);
    expect(again.toSorted()).toEqual(ranges);
    expect(await compared()).toBe(CHUNKS);
  });

  test('first where the last scan found drift, and the rest of it all the same', async () => {
    const ranges = (await scan('content')).filter((from) => from !== 'manifests');
    await damageTo(local).setNode(idIn(ranges, ranges[3]), { content: 'quietly altered' });
    await scan('content');

    const again = await scan('fingerprints');

    expect(again[0]).toBe(ranges[3]);
    expect(again.toSorted()).toEqual(ranges);
    expect(await compared()).toBe(CHUNKS);
  });

  test('before others where chunks have come or gone since the last scan', async () => {
    const ranges = await scan('fingerprints');
    const { world, project } = local;
    const [last] = (await world.scans.list(project, { limit: 1 })).items;
    if (last === undefined) throw new Error('the scan is gone');
    const tasks = (await world.scans.shards(project, last.scan_id)).map(({ task }) => task);
    const gone = idIn(ranges, ranges[2]);
    await damageTo(local).deletePoints([gone]);
    await damageTo(local).deleteNodes([gone]);

    const counts = {
      buckets: await world.graph.countByBucket(project),
      others: await world.vectors.countByBucket(project),
    };
    const walks = tasks.flatMap((task) => (task.kind === 'range' ? [task.range] : []));
    const traces = await tracesOf(world, last, walks, { side: 'graph', ...counts });

    expect(byUrgency(tasks, traces)[0]).toMatchObject({ range: { from: ranges[2] } });
  });

  test('in the same order when they are rung again', async () => {
    const ranges = await scan('fingerprints');
    await damageTo(local).deletePoints([idIn(ranges, ranges[1])]);
    const scan_id = await plan('fingerprints');
    local.world.bus.take('ShardReady');

    await driveScans(local.world, local.project);

    expect((await walkAll(scan_id))[0]).toBe(ranges[1]);
  });
});

import { describe, expect, test } from 'vitest';
import { progressOf } from '../../shared/domain/progress.ts';
import { NO_SUMS, type Scan, type ShardProgress, type ShardTask } from '../../shared/domain/scan.ts';

const START = Date.UTC(2026, 10, 24, 12);
const at = (seconds: number) => new Date(START + seconds * 1000).toISOString();

const aScan = (over: Partial<Scan> = {}): Scan => ({
  project: 'p',
  scan_id: 's',
  correlation_id: 'c',
  depth: 'content',
  status: 'running',
  identity: 'i',
  total: 1000,
  counts: { graph: 1000, vectors: 990 },
  shard_count: 2,
  sums: NO_SUMS,
  sample_slice: 0,
  started_at: at(0),
  deadline: at(3600),
  drift_percentage: null,
  released: false,
  ...over,
});
const range: ShardTask = { kind: 'range', range: { from: '' } };
const manifests: ShardTask = { kind: 'manifests' };
const shard = (
  walked: number | undefined,
  status: ShardProgress['status'] = 'walking',
  task: ShardTask = range,
) => ({
  task,
  progress: { status, pages: 1, sums: NO_SUMS, ...(walked === undefined ? {} : { walked }) },
});
const progress = (shards: ReturnType<typeof shard>[], seconds: number, over: Partial<Scan> = {}) =>
  progressOf(aScan(over), shards, START + seconds * 1000);

describe('the progress of a scan', () => {
  test('is what its shards have walked of what was counted, at the rate so far', () => {
    expect(progress([shard(300), shard(100, 'done')], 10)).toEqual({
      walked: 400,
      total: 1000,
      per_second: 40,
      seconds_left: 15,
      shards: { done: 1, of: 2 },
    });
  });

  test.each([
    ['before the first page', [shard(undefined)], 30],
    ['in its first moment', [shard(500)], 0.2],
    ['before it began, by a clock that is behind', [shard(500)], -5],
    ['of nothing at all', [], 30],
  ])('tells no rate %s', (_, shards, seconds) => {
    expect(progress(shards, seconds)).toMatchObject({ per_second: null, seconds_left: null });
  });

  test('of an empty project has nothing left once it is walked', () => {
    const walked = progress([shard(0, 'confirming')], 30, { total: 0 });
    expect(walked).toMatchObject({ walked: 0, total: 0, per_second: null, seconds_left: null });
  });

  test('goes over the ids once more where manifests are walked too', () => {
    const shards = [shard(1000, 'done'), shard(500, 'walking', manifests)];
    expect(progress(shards, 15)).toMatchObject({
      walked: 1500,
      total: 2000,
      per_second: 100,
      seconds_left: 5,
    });
  });

  test('is of what was walked, where that turned out to be more or less than was counted', () => {
    expect(progress([shard(1010)], 10)).toMatchObject({ walked: 1010, total: 1010, seconds_left: 0 });
    expect(progress([shard(980, 'done')], 10)).toMatchObject({ walked: 980, total: 980, seconds_left: 0 });
  });

  test('leaves pauses out of the rate, and has no time left while it is paused', () => {
    const paused = { status: 'paused', paused_at: at(10) } as const;
    expect(progress([shard(400)], 500, paused)).toMatchObject({ per_second: 40, seconds_left: null });

    const resumed = { paused_at: at(10), paused_ms: 490_000 };
    expect(progress([shard(800)], 510, resumed)).toMatchObject({ per_second: 40, seconds_left: 5 });
  });

  test('of counts walks no ids', () => {
    expect(progress([shard(undefined, 'walking', { kind: 'counts' })], 10)).toMatchObject({
      walked: 0,
      total: 0,
      per_second: null,
      seconds_left: null,
    });
  });
});

// Four shards against one: on the stores as they are, and on stores that take long to answer.

import { SHARD_ROWS } from '../../shared/operations/cut-shards.ts';
import type { CpuClock } from './cpu.ts';
import { scanOnce } from './drive.ts';
import type { Filled } from './part-scans.ts';
import { proxied } from './proxied.ts';
import type { Stage } from './stage.ts';
import { inTurns } from './turns.ts';

export interface ShardTimes {
  shards: number;
  waitMs: number;
  bare: OneAndAll;
  waiting: OneAndAll | undefined;
}
/** Seconds of one shard and of all of them, a worker each. */
export interface OneAndAll {
  one: number;
  all: number;
  pageRows: number;
}

const SHARDS = 4;
const WAIT_MS = 200;
/** Where stores are waited for, pages are small: of larger ones it is two cores that four workers would wait for. */
const WAITING_ROWS = 250;
/** Smaller than such a page, and larger than what is asked beside pages. */
const BYTES_OF_A_PAGE = 16_384;

export const measureShards = async (
  stage: Stage,
  { large, small }: Record<Filled, string>,
  chunks: number,
  rounds: number,
): Promise<ShardTimes> => {
  const pageRows = Math.min(2_500, chunks / 40);
  const bare = await timesOf(stage, large, pageRows, rounds);
  const far = await proxied(stage, { delayMs: WAIT_MS, beyond: BYTES_OF_A_PAGE });
  const waiting = far && (await timesOf(far.stage, small, WAITING_ROWS, 1));
  await far?.close();
  return {
    ...{ shards: SHARDS, waitMs: WAIT_MS, bare: { ...bare, pageRows } },
    ...{ waiting: waiting && { ...waiting, pageRows: WAITING_ROWS } },
  };
};

const UNCOUNTED: CpuClock = () => undefined;

const timesOf = async (stage: Stage, project: string, pageRows: number, rounds: number) => {
  const scan = (shards: number) =>
    scanOnce(cutInto(shards, stage), project, 'fingerprints', { scanners: shards, pageRows });
  const times = await inTurns({ one: () => scan(1), all: () => scan(SHARDS) }, rounds, UNCOUNTED);
  return { one: times.one.seconds, all: times.all.seconds };
};

/** Has a project cut as one of so many times the rows of a shard is cut. */
const cutInto = (shards: number, { world }: Stage): Pick<Stage, 'world'> => {
  const { graph } = world;
  const total = shards * SHARD_ROWS;
  const countByBucket = async (project: string) => {
    const [buckets, count] = await Promise.all([graph.countByBucket(project), graph.count(project)]);
    return buckets.map((held) => (held * total) / count);
  };
  const counted = Object.assign(Object.create(graph), { count: async () => total, countByBucket });
  return { world: { ...world, graph: counted } };
};

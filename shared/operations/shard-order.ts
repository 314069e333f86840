import type { Scan, Shard, ShardTask } from '../domain/scan.ts';
import { ringShards } from './ring.ts';
import { timestamp, type World } from './world.ts';

export const isRange = ({ task }: { task: ShardTask }): boolean => task.kind === 'range';
export const hasEnded = ({ progress: { status } }: Pick<Shard, 'progress'>): boolean =>
  status === 'done' || status === 'failed';
const isWalking = ({ progress: { status } }: Shard): boolean => status === 'walking';

/**
 * The shards of a scan whose turn it is: manifests are compared with what the ranges have tallied, so they come last. At
 * most `walkers` of them walk; one that only waits for its second looks is in nobody's way.
 */
export const inTurn = <S extends Shard>(shards: S[], walkers: number): S[] => {
  const unfinished = shards.filter((shard) => !hasEnded(shard));
  const ranges = unfinished.filter(isRange);
  const next = ranges.length > 0 ? ranges : unfinished;
  const walking = new Set(next.filter(isWalking).slice(0, walkers));
  return next.filter((shard) => !isWalking(shard) || walking.has(shard));
};

/** Rings those whose turn it is and that nobody holds. */
export const ringInTurn = async (world: World, scan: Scan, walkers: number): Promise<void> => {
  const shards = await world.scans.shards(scan.project, scan.scan_id);
  const now = timestamp(world);
  const idle = inTurn(shards, walkers).filter(({ lease_until = '' }) => lease_until <= now);
  if (idle.length > 0) await ringShards(world, scan, idle);
};

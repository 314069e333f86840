import type { Shard, ShardTask } from '../domain/scan.ts';

export const isRange = ({ task }: { task: ShardTask }): boolean => task.kind === 'range';
export const hasEnded = ({ progress: { status } }: Pick<Shard, 'progress'>): boolean =>
  status === 'done' || status === 'failed';

/** The shards of a scan whose turn it is: manifests are compared with what the ranges have tallied, so they come last. */
export const inTurn = <S extends Shard>(shards: S[]): S[] => {
  const unfinished = shards.filter((shard) => !hasEnded(shard));
  const ranges = unfinished.filter(isRange);
  return ranges.length > 0 ? ranges : unfinished;
};

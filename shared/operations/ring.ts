import type { Scan, Shard } from '../domain/scan.ts';
import type { Message } from '../ports.ts';
import { timestamp, type World } from './world.ts';

/** Rings doorbells: publishes messages in fresh envelopes, each at its first hop; a worker's bus counts on from its own. */
export const ring = async (
  world: Pick<World, 'bus' | 'clock' | 'ids'>,
  messages: Message[],
): Promise<void> => {
  if (messages.length === 0) return;
  const time = timestamp(world);
  await world.bus.publish(
    messages.map((message) => ({ schema_version: 1, id: world.ids.uuid(), time, hop: 1, message })),
  );
};

export const ringShards = (world: World, { project, scan_id }: Scan, shards: Shard[]): Promise<void> =>
  ring(
    world,
    shards.map(({ shard, correlation_id }) => ({
      type: 'ShardReady',
      project,
      correlation_id,
      scan_id,
      shard,
    })),
  );

import { type Envelope, type Message, MOST_HOPS } from '../ports.ts';
import { timestamp, type World } from './world.ts';

/** Rings doorbells: publishes messages in fresh envelopes, one hop further than what caused them. */
export const ring = async (
  world: Pick<World, 'bus' | 'clock' | 'ids'>,
  messages: Message[],
  cause?: Pick<Envelope, 'id' | 'hop'>,
): Promise<void> => {
  const hop = (cause?.hop ?? 0) + 1;
  if (messages.length === 0 || hop > MOST_HOPS) return;
  await world.bus.publish(
    messages.map((message) => ({
      schema_version: 1,
      id: world.ids.uuid(),
      time: timestamp(world),
      hop,
      ...(cause ? { causation_id: cause.id } : {}),
      message,
    })),
  );
};

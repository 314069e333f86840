import type { Bus, Envelope, Message } from '../../shared/ports.ts';

/** Keeps what is published until the test delivers it: once, twice or in any order. */
export interface HeldBus extends Bus {
  held: Envelope[];
  take<Type extends Message['type']>(
    type: Type,
  ): (Envelope & { message: Extract<Message, { type: Type }> })[];
}

export const heldBus = (): HeldBus => {
  const held: Envelope[] = [];
  return {
    held,
    async publish(envelopes) {
      held.push(...envelopes);
    },
    take<Type extends Message['type']>(type: Type) {
      const taken = held.filter(({ message }) => message.type === type);
      for (const envelope of taken) held.splice(held.indexOf(envelope), 1);
      return taken as (Envelope & { message: Extract<Message, { type: Type }> })[];
    },
  };
};

/** Doorbells of shards in the order in which they were rung, also those that are rung meanwhile. */
export function* rungShards(bus: HeldBus) {
  for (let rung = bus.take('ShardReady'); rung.length > 0; rung = bus.take('ShardReady')) yield* rung;
}

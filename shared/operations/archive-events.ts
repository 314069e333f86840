import type { EventType, SyncEvent } from '../domain/event.ts';
import { UnavailableError } from '../errors.ts';
import type { Archive, EventImages } from '../ports.ts';

/** A record of the stream: `id` is the same whenever it is delivered, `sequence` is its place. */
export interface Delivery {
  id: string;
  sequence: string;
  image: unknown;
}

export interface Archiving {
  archived: Partial<Record<EventType, number>>;
  /** When the newest of them was appended. */
  newest?: string;
  /**
   * From where on everything must come again. `unreadable`: what is before it is archived, and it may never be.
   * `unavailable`: it is the first, so that the same deliveries make the same objects.
   */
  failed?: { kind: 'unreadable' | 'unavailable'; from: Delivery; error: unknown };
}

/** Archives what the stream delivers, in its order, up to the first that can't be read. */
export const archiveEvents = async (
  { archive, images }: { archive: Archive; images: EventImages },
  deliveries: Delivery[],
): Promise<Archiving> => {
  const done: Archiving = { archived: {} };
  try {
    await archive.put(readable(images, deliveries, done));
    return done;
  } catch (error) {
    const [from] = deliveries;
    if (!from) throw error;
    return { archived: {}, failed: { kind: 'unavailable', from, error } };
  }
};

async function* readable(
  images: EventImages,
  deliveries: Delivery[],
  done: Archiving,
): AsyncGenerator<SyncEvent> {
  const seen = new Set<string>();
  for (const delivery of deliveries) {
    if (seen.has(delivery.id)) continue;
    seen.add(delivery.id);
    const event = await eventIn(images, delivery, done);
    if (done.failed) return;
    if (!event) continue;
    const { event_type, timestamp } = event;
    done.archived[event_type] = (done.archived[event_type] ?? 0) + 1;
    if (timestamp > (done.newest ?? '')) done.newest = timestamp;
    yield event;
  }
}

/** A manifest that is not all there may never be: that is the record's own fault, not the table's. */
const eventIn = async (images: EventImages, delivery: Delivery, done: Archiving) => {
  try {
    return await images.event(delivery.image);
  } catch (error) {
    if (error instanceof UnavailableError && error.kind !== 'partial') throw error;
    done.failed = { kind: 'unreadable', from: delivery, error };
    return undefined;
  }
};

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
  /** What can't be read, and may never be: it was set aside, so that it holds up nothing behind it. */
  unreadable: { delivery: Delivery; error: unknown }[];
  /** When the newest of them was appended. */
  newest?: string;
  /** All must come again, from the first on, so that the same deliveries make the same objects. */
  failed?: { from: Delivery; error: unknown };
}

/** Archives what the stream delivers, in its order. */
export const archiveEvents = async (
  { archive, images }: { archive: Archive; images: EventImages },
  deliveries: Delivery[],
): Promise<Archiving> => {
  const done: Archiving = { archived: {}, unreadable: [] };
  try {
    await archive.put(readable(archive, images, deliveries, done));
    return done;
  } catch (error) {
    const [from] = deliveries;
    if (!from) throw error;
    return { archived: {}, unreadable: [], failed: { from, error } };
  }
};

async function* readable(
  archive: Archive,
  images: EventImages,
  deliveries: Delivery[],
  done: Archiving,
): AsyncGenerator<SyncEvent> {
  for (const delivery of new Map(deliveries.map((one) => [one.id, one])).values()) {
    const event = await eventIn(images, delivery, async (error) => {
      await archive.setAside(delivery.id, delivery.image);
      done.unreadable.push({ delivery, error });
    });
    if (!event) continue;
    const { event_type, timestamp } = event;
    done.archived[event_type] = (done.archived[event_type] ?? 0) + 1;
    if (timestamp > (done.newest ?? '')) done.newest = timestamp;
    yield event;
  }
}

/** A manifest that is not all there may never be: that is the record's own fault, not the table's. */
const eventIn = async (
  images: EventImages,
  { image }: Delivery,
  setAside: (error: unknown) => Promise<void>,
) => {
  try {
    return await images.event(image);
  } catch (error) {
    if (error instanceof UnavailableError && error.kind !== 'partial') throw error;
    await setAside(error);
    return undefined;
  }
};

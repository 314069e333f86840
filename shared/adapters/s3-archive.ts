import type { SyncEvent } from '../domain/event.ts';
import type { Period } from '../domain/retention.ts';
import type { Archive, ArchivedDay } from '../ports.ts';
import {
  asideKeyOf,
  keyOf,
  openObject,
  type Pile,
  packObject,
  piles,
  placeOf,
  prefixOf,
} from './s3-archive-objects.ts';
import { type BucketHandle, getObject, listObjects, putOnce } from './s3-bucket.ts';

export interface ArchiveOptions extends BucketHandle {
  /** An object is closed at so many bytes of JSON. Default 8 MB. */
  objectBytes?: number;
}

const OBJECT_BYTES = 8_000_000;
/** How much of several days and projects is held open at once. */
const OPEN_BYTES = 4 * OBJECT_BYTES;
const PUTS_AT_ONCE = 8;

/** Events as lines of JSON, gzipped, in folders by project and day as Athena and its like read them. */
export const s3Archive = (options: ArchiveOptions): Archive => {
  const { objectBytes = OBJECT_BYTES } = options;
  const put = async (pile: Pile) => putOnce(options, keyOf(pile), await packObject(pile));

  return {
    async put(events) {
      const open = piles();
      for await (const event of events) {
        const pile = open.add(event);
        if (pile.bytes >= objectBytes) await put(open.take(pile));
        else if (open.bytes() >= OPEN_BYTES) await put(open.takeLargest());
      }
      const rest = open.takeAll();
      for (let at = 0; at < rest.length; at += PUTS_AT_ONCE)
        await Promise.all(rest.slice(at, at + PUTS_AT_ONCE).map(put));
    },

    async setAside(id, image) {
      await putOnce(options, asideKeyOf(id), await packObject({ lines: [JSON.stringify(image ?? null)] }));
    },

    days: (project) => daysIn(options, project),
    read: (project, period) => eventsOf(options, project, period),
  };
};

async function* daysIn(options: ArchiveOptions, project?: string): AsyncGenerator<ArchivedDay> {
  let day: ArchivedDay | undefined;
  for await (const { key, bytes } of listObjects(options, prefixOf(project))) {
    const place = placeOf(key);
    if (!place) continue;
    if (day && day.project === place.project && day.date === place.date)
      day = { ...day, objects: day.objects + 1, bytes: day.bytes + bytes };
    else {
      if (day) yield day;
      day = { ...place, objects: 1, bytes };
    }
  }
  if (day) yield day;
}

/** A batch that was cut another way when it was repeated may have put an event into two objects of a day. */
async function* eventsOf(
  options: ArchiveOptions,
  project: string,
  { since, until }: Period,
): AsyncGenerator<SyncEvent> {
  const prefix = prefixOf(project);
  let [date, seen] = ['', new Set<string>()];
  for await (const { key } of listObjects(options, prefix, `${prefix}date=${since.slice(0, 10)}`)) {
    const place = placeOf(key);
    if (!place) continue;
    if (place.date > until.slice(0, 10)) return;
    if (place.date !== date) [date, seen] = [place.date, new Set()];
    for (const event of await openObject(key, await getObject(options, key))) {
      if (event.timestamp < since || event.timestamp >= until || seen.has(event.event_id)) continue;
      seen.add(event.event_id);
      yield event;
    }
  }
}

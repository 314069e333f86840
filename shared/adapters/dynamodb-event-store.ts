import { isDeepStrictEqual } from 'node:util';
import { documentStream, type SyncEvent, sameFact } from '../domain/event.ts';
import { DEFAULT_SETTINGS } from '../domain/settings.ts';
import { ConflictError, UnavailableError } from '../errors.ts';
import type { Clock, EventStore, Page, Paged } from '../ports.ts';
import type { Cursors } from './cursors.ts';
import type { TableHandle } from './dynamodb-client.ts';
import { END_OF_TIME, type IndexRange, readIndex } from './dynamodb-event-index.ts';
import { asStored, EVENT_INDEXES, type EventItem, eventOf, expiryOf, itemOf } from './dynamodb-event-item.ts';
import { getItem, putOnce, putPart, readStream, withParts } from './dynamodb-event-table.ts';

export interface EventStoreOptions extends TableHandle {
  cursors: Cursors;
  clock: Clock;
  /** What a project keeps its events for; they expire 30 days later. Default 365 days. */
  retentionDays?: (project: string) => Promise<number>;
}

/** History in the Events table: one item an event, under its stream and position, never changed. */
export const dynamoEventStore = (options: EventStoreOptions): EventStore => {
  const { clock, retentionDays = async () => DEFAULT_SETTINGS.retention_days } = options;
  const now = () => Math.floor(clock.now() / 1000);
  const isLive = (item: EventItem) => item.expires_at >= now();
  const indexed = (range: IndexRange): Listing => ({
    read: (place, limit) => readIndex(options, range, place, limit, isLive),
    placeOf: (item) => item.time_key,
  });

  const put = async (event: SyncEvent, { item, parts }: ReturnType<typeof itemOf>) => {
    await Promise.all(parts.map((part) => putPart(options, part)));
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      if (await putOnce(options, item, now()))
        return { outcome: 'stored' as const, standing: { event, expires_at: item.expires_at } };
      const found = await getItem(options, item);
      if (!found || !isLive(found)) continue;
      const standing = repeated(event, await eventWithManifest(options, found));
      return { outcome: 'duplicate' as const, standing: { event: standing, expires_at: found.expires_at } };
    }
    throw new UnavailableError('events', 'partial', `${event.event_type} was neither stored nor found`);
  };

  return {
    async append(event) {
      const made = itemOf(event, expiryOf(event, await retentionDays(event.project)));
      const { outcome, standing } = await put(event, made);
      return { outcome, event: standing.event };
    },

    async restore(event, until) {
      const made = itemOf(event, Math.floor(Date.parse(until) / 1000));
      const restored_at = new Date(clock.now()).toISOString();
      const { outcome, standing } = await put(event, { ...made, item: { ...made.item, restored_at } });
      return { outcome, expires_at: new Date(standing.expires_at * 1000).toISOString() };
    },

    async get(stream, position) {
      const item = await getItem(options, { pk: stream, sk: position });
      return item && isLive(item) ? eventWithManifest(options, item) : undefined;
    },

    byCorrelation(correlation_id, page) {
      const range = {
        index: EVENT_INDEXES.byCorrelation,
        value: correlation_id,
        ...EVER,
        newestFirst: false,
      };
      return paged(options, ['byCorrelation', correlation_id], page, indexed(range));
    },

    byDocument(project, file_path, page) {
      const stream = documentStream(project, file_path);
      return paged(options, ['byDocument', stream], page, {
        read: (place, limit) => readStream(options, stream, place, limit, isLive),
        placeOf: (item) => item.sk,
      });
    },

    byProject(project, { since, until, type }, page) {
      const range = {
        index: EVENT_INDEXES.byProject,
        value: project,
        from: since,
        to: until,
        newestFirst: false,
        type,
      };
      return paged(options, ['byProject', project, since, until, type], page, indexed(range));
    },

    failures(project, since, page) {
      const range = {
        index: EVENT_INDEXES.failures,
        value: project,
        ...EVER,
        from: since,
        newestFirst: true,
      };
      return paged(options, ['failures', project, since], page, indexed(range));
    },
  };
};

/** What stood in the way of an append may expire before it is read: then the append is tried again. */
const ATTEMPTS_MAX = 3;

const EVER = { from: '0', to: END_OF_TIME };

/** What comes behind a place, and the place of an item. */
interface Listing {
  read(place: string | undefined, limit: number): Promise<EventItem[]>;
  placeOf(item: EventItem): string;
}

/** One item more than the page is read, since only that tells whether there is another page. */
const paged = async (
  options: EventStoreOptions,
  query: unknown[],
  page: Page,
  { read, placeOf }: Listing,
): Promise<Paged<SyncEvent>> => {
  const name = JSON.stringify(query);
  const place = page.cursor === undefined ? undefined : options.cursors.open<string>(name, page.cursor);
  const found = await read(place, page.limit + 1);
  const items = found.slice(0, page.limit);
  const last = items.at(-1);
  return {
    items: await Promise.all(items.map((item) => eventWithManifest(options, item))),
    ...(last && found.length > items.length && { next_cursor: options.cursors.seal(name, placeOf(last)) }),
  };
};

const eventWithManifest = async (table: TableHandle, item: EventItem) =>
  eventOf(await withParts(table, item));

/** An append whose key is taken: the same fact told again, or another one, which is refused. */
const repeated = (event: SyncEvent, standing: SyncEvent): SyncEvent => {
  if (isDeepStrictEqual(sameFact(asStored(event)), sameFact(standing))) return standing;
  const { stream, position, event_id } = standing;
  throw new ConflictError(`another ${standing.event_type} event stands at ${position}`, 'event_conflict', {
    stream,
    position,
    event_id,
  });
};

import { randomUUID } from 'node:crypto';
import type { Usage } from '../../shared/adapters/dynamodb-client.ts';
import { chunkId, contentHash } from '../../shared/domain/chunk.ts';
import {
  documentPosition,
  documentStream,
  type EventManifest,
  type SyncEvent,
} from '../../shared/domain/event.ts';
import type { EventStore, Page, Paged } from '../../shared/ports.ts';

/** A store on an empty table, whose clock is `time.now` and whose events expire 395 days after they happened. */
export interface EventStoreUnderTest {
  store: EventStore;
  time: { now: number };
  usage: Usage;
  stop(): Promise<void>;
}

export const START = '2026-11-24T12:00:00.000Z';
export const aProject = (): string => `project-${randomUUID()}`;

/** The time `ms` after START. */
export const after = (ms: number): string => new Date(Date.parse(START) + ms).toISOString();

/** An event of a document's history; where it stands follows from version and type unless given. */
export const anEvent = (over: Partial<SyncEvent> & Pick<SyncEvent, 'project'>): SyncEvent => {
  const { file_path = 'docs/a.md', version = 1, event_type = 'write_started' } = over;
  const event = {
    event_id: randomUUID(),
    event_type,
    timestamp: START,
    correlation_id: randomUUID(),
    file_path,
    version,
    schema_version: 1 as const,
    stream: documentStream(over.project, file_path),
    position: documentPosition(version, event_type),
    ...over,
  };
  return { idempotency_key: `${event.stream}|${event.position}`, ...event };
};

export const aManifest = (count: number, content = 'content'): EventManifest => ({
  chunks: Array.from({ length: count }, (_, i) => ({
    chunk_id: chunkId('project', 'docs/a.md', i),
    content_hash: contentHash(`${content} ${i}`),
    start_line: i * 10 + 1,
    end_line: i * 10 + 10,
    version: (i % 7) + 1,
  })),
  removed: [chunkId('project', 'docs/a.md', count), chunkId('project', 'docs/a.md', count + 1)],
});

/** Runs at another time, and goes back. */
export const atTime = async (time: { now: number }, at: number, run: () => Promise<void>): Promise<void> => {
  const before = time.now;
  time.now = at;
  try {
    await run();
  } finally {
    time.now = before;
  }
};

export const whole = { limit: 1000 };
export const FOREVER = { since: '2000-01-01T00:00:00.000Z', until: '2100-01-01T00:00:00.000Z' };
export const ids = (events: SyncEvent[]) => events.map(({ event_id }) => event_id);

export const given = async (store: EventStore, events: SyncEvent[]) => {
  await Promise.all(events.map((event) => store.append(event)));
  return events;
};

/** `count` events of one correlation, one a minute, in as many documents. */
export const minutes = (project: string, count: number, over: Partial<SyncEvent> = {}) =>
  Array.from({ length: count }, (_, i) =>
    anEvent({
      project,
      correlation_id: `${project}-correlation`,
      timestamp: after(i * 60_000),
      file_path: `${i}.md`,
      ...over,
    }),
  );

/** All pages, one after the other, with what happens in between. */
export const allPages = async (
  read: (page: Page) => Promise<Paged<SyncEvent>>,
  limit: number,
  between = async () => {},
) => {
  const pages: SyncEvent[][] = [];
  let cursor: string | undefined;
  do {
    const page = await read({ limit, ...(cursor && { cursor }) });
    pages.push(page.items);
    cursor = page.next_cursor;
    await between();
  } while (cursor && pages.length < 200);
  return pages;
};

export const historyOf = async (store: EventStore, { project, file_path = '' }: SyncEvent) =>
  (await store.byDocument(project, file_path, whole)).items;

import { expect, it } from 'vitest';
import type { EventManifest, SyncEvent } from '../../shared/domain/event.ts';
import type { EventStore } from '../../shared/ports.ts';
import {
  aManifest,
  anEvent,
  aProject,
  atTime,
  type EventStoreUnderTest,
  historyOf,
  START,
  whole,
} from './event-store-events.ts';

/** What of a manifest comes back. */
export const manifestContract = (under: () => EventStoreUnderTest) => {
  const entry = { start_line: 1, end_line: 9, version: 1 };
  const [id, other] = aManifest(2).chunks.map(({ chunk_id }) => chunk_id) as [string, string];
  const manifests: Record<string, EventManifest> = {
    'no chunks': { chunks: [], removed: [] },
    'removed ids only': { chunks: [], removed: [id, other] },
    '3,000 chunks': aManifest(3_000),
    '12,000 chunks, more than an item holds': aManifest(12_000),
    'a hash of another form': {
      chunks: [{ chunk_id: id, content_hash: 'v2:é', ...entry }],
      removed: [other],
    },
    'an id of another form': {
      chunks: [{ chunk_id: 'chunk-1', content_hash: 'v1:', ...entry }],
      removed: ['x'],
    },
    'a line below zero': {
      chunks: [{ chunk_id: id, content_hash: 'h', ...entry, start_line: -1 }],
      removed: [],
    },
  };

  for (const [description, manifest] of Object.entries(manifests)) {
    it(`come back as they went: ${description}`, async () => {
      const { store } = under();
      const event = anEvent({ project: aProject(), manifest });

      expect((await store.append(event)).outcome).toBe('stored');

      expect(await historyOf(store, event)).toEqual([event]);
      expect(await store.append(event)).toEqual({ outcome: 'duplicate', event });
    });
  }

  it('stand whole after another big one was refused at their position', async () => {
    const { store } = under();
    const event = anEvent({ project: aProject(), manifest: aManifest(12_000) });
    await store.append(event);

    const refused = store.append({ ...event, manifest: aManifest(12_000, 'other content') });

    await expect(refused).rejects.toMatchObject({ code: 'event_conflict' });
    expect(await historyOf(store, event)).toEqual([event]);
  });

  it('are left out where the listing is not of one document, and their parts are nowhere an event', async () => {
    const { store } = under();
    const event = anEvent({ project: aProject(), event_type: 'write_failed', manifest: aManifest(12_000) });
    await store.append(event);
    const { manifest: _, ...rest } = event;

    const { project, correlation_id } = event;
    const window = { since: START, until: '2027-01-01T00:00:00.000Z' };

    expect((await store.byCorrelation(correlation_id, whole)).items).toEqual([rest]);
    expect((await store.byProject(project, window, whole)).items).toEqual([rest]);
    expect((await store.failures(project, START, whole)).items).toEqual([rest]);
  });
};

const DAY_MS = 86_400_000;

/** How long an event is there. */
export const expiryContract = (under: () => EventStoreUnderTest) => {
  const listingsOf = async (store: EventStore, { project, correlation_id, file_path = '' }: SyncEvent) => {
    const window = { since: START, until: '2030-01-01T00:00:00.000Z' };
    const pages = await Promise.all([
      store.byDocument(project, file_path, whole),
      store.byCorrelation(correlation_id, whole),
      store.byProject(project, window, whole),
      store.failures(project, START, whole),
    ]);
    return pages.map(({ items }) => items.map(({ event_id }) => event_id));
  };

  it('keeps an event thirty days longer than its retention, then hides it everywhere', async () => {
    const { store, time } = under();
    const event = anEvent({ project: aProject(), event_type: 'write_failed' });
    await store.append(event);

    await atTime(time, Date.parse(event.timestamp) + 395 * DAY_MS, async () => {
      expect(await listingsOf(store, event)).toEqual(Array(4).fill([event.event_id]));
      expect(await store.get(event.stream, event.position)).toEqual(event);
    });
    await atTime(time, Date.parse(event.timestamp) + 395 * DAY_MS + 1000, async () => {
      expect(await listingsOf(store, event)).toEqual(Array(4).fill([]));
      expect(await store.get(event.stream, event.position)).toBeUndefined();
    });
  });

  it('lets another fact take the place of an expired one', async () => {
    const { store, time } = under();
    const old = anEvent({ project: aProject(), status: 'old' });
    await store.append(old);

    await atTime(time, Date.parse(old.timestamp) + 396 * DAY_MS, async () => {
      const next = { ...old, status: 'new', timestamp: new Date(time.now).toISOString() };

      expect((await store.append(next)).outcome).toBe('stored');

      expect(await historyOf(store, old)).toEqual([next]);
    });
  });

  it('fills its pages with what has not expired', async () => {
    const { store, time } = under();
    const project = aProject();
    const events = Array.from({ length: 30 }, (_, i) =>
      anEvent({ project, version: i + 1, timestamp: new Date(Date.parse(START) + i * DAY_MS).toISOString() }),
    );
    for (const event of events) await store.append(event);

    await atTime(time, Date.parse(START) + (395 + 20) * DAY_MS - 1, async () => {
      const page = await store.byDocument(project, 'docs/a.md', { limit: 5 });

      expect(page.items).toEqual(events.slice(20, 25));
      expect(page.next_cursor).toBeDefined();
    });
  });
};

import { expect, it } from 'vitest';
import type { EventType } from '../../shared/domain/event.ts';
import {
  after,
  allPages,
  anEvent,
  aProject,
  type EventStoreUnderTest,
  FOREVER,
  given,
  ids,
  minutes,
  START,
  whole,
} from './event-store-events.ts';

/** The promises of the four listings. */
export const listingContract = (under: () => EventStoreUnderTest) => {
  it('tell a document in order of version and phase, however the events came', async () => {
    const { store } = under();
    const project = aProject();
    const types: EventType[] = ['write_started', 'neo4j_written', 'qdrant_written', 'write_completed'];
    const story = [1, 2, 9, 10, 11].flatMap((version) =>
      types.map((event_type) => anEvent({ project, version, event_type })),
    );
    await given(store, [...story].reverse());

    expect(await store.byDocument(project, 'docs/a.md', whole)).toEqual({ items: story });
    for (const limit of [1, 7]) {
      const pages = await allPages((page) => store.byDocument(project, 'docs/a.md', page), limit);
      expect(pages.flat()).toEqual(story);
      expect(pages.slice(0, -1).every((page) => page.length === limit)).toBe(true);
    }
  });

  it('keep documents apart whose paths begin alike', async () => {
    const { store } = under();
    const project = aProject();
    const [a] = await given(
      store,
      ['a', 'a#b', 'ab'].map((file_path) => anEvent({ project, file_path })),
    );

    expect((await store.byDocument(project, 'a', whole)).items).toEqual([a]);
  });

  it('tell an operation in order of time, and its phases in order where the time is the same', async () => {
    const { store } = under();
    const project = aProject();
    const correlation_id = `${project}-correlation`;
    const types: EventType[] = ['write_started', 'neo4j_written', 'qdrant_written', 'write_completed'];
    const story = types.map((event_type) =>
      anEvent({ project, correlation_id, event_type, timestamp: after(5) }),
    );
    const later = anEvent({ project, correlation_id, version: 0, timestamp: after(6) });
    await given(store, [later, ...story, anEvent({ project, version: 2 })]);

    expect((await store.byCorrelation(correlation_id, whole)).items).toEqual([...story, later]);
  });

  it('tell a project from `since` inclusive to `until` exclusive, oldest first', async () => {
    const { store } = under();
    const project = aProject();
    const events = await given(store, minutes(project, 20));

    const read = async (since: string, until: string) =>
      ids((await store.byProject(project, { since, until }, whole)).items);

    expect(await read(after(5 * 60_000), after(12 * 60_000))).toEqual(ids(events.slice(5, 12)));
    expect(await read(after(5 * 60_000 + 1), after(12 * 60_000 + 1))).toEqual(ids(events.slice(6, 13)));
    expect(await read(START, START)).toEqual([]);
    expect(await read(after(1), START)).toEqual([]);
  });

  it('find what is old in a window of years at the cost of one query a shard', async () => {
    const { store, usage } = under();
    const project = aProject();
    const [old, young] = await given(store, [
      anEvent({ project, timestamp: '2026-01-01T00:00:00.000Z' }),
      anEvent({ project, version: 2, timestamp: '2026-11-24T12:00:00.000Z' }),
    ]);
    const before = usage.requests;

    expect((await store.byProject(project, FOREVER, whole)).items).toEqual([old, young]);
    expect(usage.requests - before).toBeLessThanOrEqual(8);
  });

  it('tell failures newest first, and nothing but failures', async () => {
    const { store } = under();
    const project = aProject();
    const failed = await given(store, minutes(project, 15, { event_type: 'write_failed' }));
    await given(store, minutes(project, 5, { event_type: 'write_completed' }));

    const expected = ids(failed.slice(3)).reverse();

    expect(ids((await store.failures(project, after(3 * 60_000), whole)).items)).toEqual(expected);
    for (const limit of [1, 4]) {
      const pages = await allPages((page) => store.failures(project, after(3 * 60_000), page), limit);
      expect(ids(pages.flat())).toEqual(expected);
    }
  });

  it('tell only the asked type, in full pages', async () => {
    const { store } = under();
    const project = aProject();
    await given(store, minutes(project, 90));
    const rare = minutes(project, 90, { event_type: 'write_completed' }).filter((_, i) => i % 9 === 0);
    await given(store, rare);

    const window = { ...FOREVER, type: 'write_completed' as const };
    const pages = await allPages((page) => store.byProject(project, window, page), 4);

    expect(pages.map((page) => page.length)).toEqual([4, 4, 2]);
    expect(ids(pages.flat())).toEqual(ids(rare));
  });
};

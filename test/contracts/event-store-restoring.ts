import { expect, it } from 'vitest';
import {
  after,
  aManifest,
  anEvent,
  aProject,
  atTime,
  type EventStoreUnderTest,
  historyOf,
  START,
} from './event-store-events.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** Events put back from the archive. */
export const restoringContract = (under: () => EventStoreUnderTest) => {
  const later = Date.parse(START) + 500 * DAY_MS;
  const until = new Date(later + HOUR_MS).toISOString();

  for (const [description, count] of [
    ['as it was', 3],
    ['with a manifest in parts', 12_000],
  ] as const)
    it(`is there again, ${description}, until its new end`, async () => {
      const { store, time } = under();
      const event = anEvent({ project: aProject(), manifest: aManifest(count) });
      await store.append(event);

      await atTime(time, later, async () => {
        expect(await historyOf(store, event)).toEqual([]);

        expect(await store.restore(event, until)).toEqual({ outcome: 'stored', expires_at: until });

        expect(await historyOf(store, event)).toEqual([event]);
      });
      await atTime(time, later + HOUR_MS + 1000, async () => {
        expect(await historyOf(store, event)).toEqual([]);
      });
    });

  it('is put back once, and keeps the end that it got first', async () => {
    const { store, time } = under();
    const event = anEvent({ project: aProject() });

    await atTime(time, later, async () => {
      await store.restore(event, until);

      const again = await store.restore(event, new Date(later + 9 * HOUR_MS).toISOString());

      expect(again).toEqual({ outcome: 'duplicate', expires_at: until });
      expect(await historyOf(store, event)).toEqual([event]);
    });
  });

  it('leaves an event alone that never went, and says when it goes', async () => {
    const { store } = under();
    const event = anEvent({ project: aProject() });
    await store.append(event);

    expect(await store.restore(event, after(HOUR_MS))).toEqual({
      outcome: 'duplicate',
      expires_at: after(395 * DAY_MS),
    });
  });

  it('never takes the place of another fact', async () => {
    const { store } = under();
    const event = anEvent({ project: aProject(), status: 'new' });
    await store.append(event);

    const restored = store.restore({ ...event, status: 'old' }, after(HOUR_MS));

    await expect(restored).rejects.toMatchObject({ code: 'event_conflict' });
    expect(await historyOf(store, event)).toEqual([event]);
  });
};

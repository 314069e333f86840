import { expect, it } from 'vitest';
import type { SyncEvent } from '../../shared/domain/event.ts';
import { InvalidError } from '../../shared/errors.ts';
import type { Page, Paged } from '../../shared/ports.ts';
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

/** The promises of pages and cursors. */
export const pagingContract = (under: () => EventStoreUnderTest) => {
  it('have no next page behind a last one that is full', async () => {
    const { store } = under();
    const project = aProject();
    await given(store, minutes(project, 6));

    expect((await store.byProject(project, FOREVER, { limit: 6 })).next_cursor).toBeUndefined();
    expect((await store.byProject(project, FOREVER, { limit: 5 })).next_cursor).toBeDefined();
    expect(await store.byProject(aProject(), FOREVER, whole)).toEqual({ items: [] });
  });

  for (const limit of [1, 7, 1000]) {
    it(`show each event once and in order, ${limit} a page, while others are appended`, {
      timeout: 30_000,
    }, async () => {
      const { store } = under();
      const project = aProject();
      const events = await given(store, minutes(project, 30));
      let number = 0;
      const appendBeforeAndBehind = async () => {
        if (number === 40) return;
        number += 1;
        const timestamps = [after(number * 30_000 + 1), after(3_600_000 + number)];
        await given(
          store,
          timestamps.map((timestamp, i) =>
            anEvent({
              project,
              correlation_id: `${project}-correlation`,
              timestamp,
              version: number * 2 + i,
            }),
          ),
        );
      };

      const reads: ((page: Page) => Promise<Paged<SyncEvent>>)[] = [
        (page) => store.byProject(project, { since: START, until: after(3_600_000) }, page),
        (page) => store.byCorrelation(`${project}-correlation`, page),
      ];
      for (const read of reads) {
        const pages = await allPages(read, limit, appendBeforeAndBehind);
        const seen = pages.flat();

        expect(pages.slice(0, -1).every((page) => page.length === limit)).toBe(true);
        expect(new Set(ids(seen)).size).toBe(seen.length);
        expect(ids(seen).filter((id) => ids(events).includes(id))).toEqual(ids(events));
        expect(seen.map(({ timestamp }) => timestamp)).toEqual(seen.map(({ timestamp }) => timestamp).sort());
      }
    });
  }

  it('refuse a cursor that was tampered with or is of another query, naming it', async () => {
    const { store } = under();
    const project = aProject();
    await given(store, minutes(project, 10));
    const { next_cursor: cursor = '' } = await store.byProject(project, FOREVER, { limit: 2 });

    const others = [
      store.byProject(project, FOREVER, { limit: 2, cursor: `x${cursor}` }),
      store.byProject(project, FOREVER, { limit: 2, cursor: cursor.slice(0, -1) }),
      store.byProject(project, FOREVER, { limit: 2, cursor: '' }),
      store.byProject(project, { ...FOREVER, type: 'write_started' }, { limit: 2, cursor }),
      store.byProject(project, { ...FOREVER, since: START }, { limit: 2, cursor }),
      store.byProject(aProject(), FOREVER, { limit: 2, cursor }),
      store.byCorrelation(`${project}-correlation`, { limit: 2, cursor }),
      store.byDocument(project, '0.md', { limit: 2, cursor }),
      store.failures(project, FOREVER.since, { limit: 2, cursor }),
    ];

    for (const refused of await Promise.allSettled(others)) {
      const { reason } = refused as PromiseRejectedResult;
      expect(reason).toBeInstanceOf(InvalidError);
      expect(reason.errors).toEqual([{ field: 'cursor', message: expect.any(String) }]);
    }
    expect((await store.byProject(project, FOREVER, { limit: 5, cursor })).items).toHaveLength(5);
  });
};

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documentPosition, type SyncEvent } from '../../shared/domain/event.ts';
import { aManifest, anEvent, aProject, type EventStoreUnderTest, historyOf } from './event-store-events.ts';
import { expiryContract, manifestContract } from './event-store-keeping.ts';
import { listingContract } from './event-store-listings.ts';
import { pagingContract } from './event-store-paging.ts';
import { restoringContract } from './event-store-restoring.ts';

/** The promises of the port EventStore. */
export const eventStoreContract = (name: string, make: () => Promise<EventStoreUnderTest>) => {
  describe(`event store on ${name}`, () => {
    let tested: EventStoreUnderTest;
    const under = () => tested;
    beforeAll(async () => {
      tested = await make();
    });
    afterAll(() => tested?.stop());

    describe('append', () => appendContract(under));
    describe('manifests', () => manifestContract(under));
    describe('expiry', () => expiryContract(under));
    describe('restoring', () => restoringContract(under));
    describe('listings', () => listingContract(under));
    describe('pages', () => pagingContract(under));
  });
};

const appendContract = (under: () => EventStoreUnderTest) => {
  it('stores an event once, whoever of fifty comes first', async () => {
    const { store } = under();
    const event = anEvent({ project: aProject() });

    const answers = await Promise.all(Array.from({ length: 50 }, () => store.append({ ...event })));

    expect(answers.filter(({ outcome }) => outcome === 'stored')).toHaveLength(1);
    expect(answers.filter(({ outcome }) => outcome === 'duplicate')).toHaveLength(49);
    for (const answer of answers) expect(answer.event).toEqual(event);
    expect(await historyOf(store, event)).toEqual([event]);
  });

  it('costs one request and reads nothing', async () => {
    const { store, usage } = under();
    const before = { ...usage };

    await store.append(anEvent({ project: aProject(), manifest: aManifest(10) }));

    expect(usage.requests - before.requests).toBe(1);
    expect(usage.read_units).toBe(before.read_units);
  });

  it('refuses another fact at the same position, and keeps the first', async () => {
    const { store } = under();
    const first = anEvent({ project: aProject(), status: 'committed', metadata: { chunks: 3 } });
    await store.append(first);

    for (const change of [{ status: 'failed' }, { metadata: { chunks: 4 } }, { manifest: aManifest(1) }]) {
      await expect(store.append({ ...first, ...change })).rejects.toMatchObject({
        name: 'ConflictError',
        code: 'event_conflict',
        details: { event_id: first.event_id },
      });
    }
    expect(await historyOf(store, first)).toEqual([first]);
  });

  it('takes a fact for the same whenever, however long and under whichever id it is told', async () => {
    const { store } = under();
    const first = anEvent({ project: aProject(), duration_ms: 12 });
    await store.append(first);

    const again = { ...first, event_id: 'another', timestamp: '2026-11-24T13:00:00.000Z', duration_ms: 99 };

    expect(await store.append(again)).toEqual({ outcome: 'duplicate', event: first });
  });

  it('takes a fact for the same in whatever order its keys come', async () => {
    const { store } = under();
    const first = anEvent({ project: aProject(), metadata: { a: 1, b: { c: [1, 2], d: null } } });
    await store.append(first);

    const entries = Object.entries({ ...first, metadata: { b: { d: null, c: [1, 2] }, a: 1 } });
    const again = Object.fromEntries(entries.reverse()) as unknown as SyncEvent;

    expect(await store.append(again)).toEqual({ outcome: 'duplicate', event: first });
  });

  it('takes a fact for the same if its text was cut within a character or a field is undefined', async () => {
    const { store } = under();
    const odd = anEvent({
      project: aProject(),
      error: 'failed at 😀'.slice(0, -1),
      metadata: { side: undefined },
    });

    expect((await store.append(odd)).outcome).toBe('stored');

    const { outcome, event } = await store.append(odd);
    expect(outcome).toBe('duplicate');
    expect(event.error).toBe('failed at \ufffd');
  });

  it('finds an event by its key', async () => {
    const { store } = under();
    const event = anEvent({ project: aProject(), manifest: aManifest(2) });
    await store.append(event);

    expect(await store.get(event.stream, event.position)).toEqual(event);
    expect(await store.get(event.stream, documentPosition(99, 'write_started'))).toBeUndefined();
  });
};

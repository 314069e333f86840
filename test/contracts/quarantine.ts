import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InvalidError, NotFoundError } from '../../shared/errors.ts';
import type { Quarantine } from '../../shared/ports.ts';
import { allPages, aProject, eachOf, later } from './documents-builders.ts';
import { anEntry, anImage, DAY_MS, listed, type QuarantineUnderTest } from './quarantine-builders.ts';

/** The promises of the port Quarantine. */
export const quarantineContract = (name: string, make: () => Promise<QuarantineUnderTest>) => {
  describe(`quarantine in ${name}`, () => {
    let tested: QuarantineUnderTest;
    const under = () => tested.quarantine;
    beforeAll(async () => {
      tested = await make();
    });
    afterAll(() => tested?.stop());

    describe('images', () => imageContract(under));
    describe('entries', () => entryContract(under));
    describe('expiry', () => expiryContract(under, (ms) => tested.advance(ms)));
  });
};

type Under = () => Quarantine;

const imageContract = (under: Under) => {
  it('come back to the last bit: Float32 vectors, numbers that JSON does not know, nested properties', async () => {
    const vector = Array.from({ length: 384 }, (_, i) => Math.fround(Math.sin(i) / 3));
    const image = {
      vectors: {
        '': vector,
        named: Float32Array.from(vector),
        sparse: { indices: [1, 9], values: [0.1, -0] },
      },
      odd: [NaN, Infinity, -Infinity, -0, 5e-324, 1.7976931348623157e308, 2 ** 53, 0.1 + 0.2],
      bytes: { small: Int8Array.from([-1, 0, 127]), plain: Uint8Array.from(randomBytes(5)), big: 2n ** 63n },
      properties: {
        nested: [{ deep: { deeper: [null, true, '', 'é😀\u0000\ud800'] } }],
        list: [],
        none: null,
      },
      lookalike: { $packed: ['number', 'NaN'], inner: { $packed: [NaN] } },
      labels: ['Chunk', 'Mine'],
      relationships: [{ type: 'HAS_CHUNK', from: { path: 'a.md' }, properties: { chunk_index: 3 } }],
    };
    const entry = anEntry({ images: [anImage(image), { ...anImage({}), side: 'graph' }] });

    await under().put(entry);

    expect(await under().get(entry.project, entry.quarantine_id)).toEqual(entry);
  });

  it('may be none at all, or 2 MB that compress badly', async () => {
    const big = Array.from({ length: 20 }, () =>
      anImage({ content: randomBytes(75_000).toString('base64') }),
    );
    for (const images of [[], big]) {
      const entry = anEntry({ images });
      await under().put(entry);
      expect(await under().get(entry.project, entry.quarantine_id)).toEqual(entry);
    }
  });
};

const entryContract = (under: Under) => {
  it('stay as they were first put, however often and with whatever they are put again', async () => {
    const entry = anEntry();

    await Promise.all([under().put(entry), under().put(entry), under().put(entry)]);
    await under().put({
      ...entry,
      quarantined_at: later(5),
      images: [anImage({ payload: 'changed already' })],
    });

    expect(await under().get(entry.project, entry.quarantine_id)).toEqual(entry);
    expect(await under().list(entry.project, { limit: 10 })).toEqual({ items: [listed(entry)] });
  });

  it('are found in their own project only', async () => {
    const entry = anEntry({ file_path: null });
    await under().put(entry);

    expect(await under().get(entry.project, entry.quarantine_id)).toEqual(entry);
    expect(await under().get(aProject(), entry.quarantine_id)).toBeUndefined();
    expect(await under().get(entry.project, randomUUID())).toBeUndefined();
    expect(await under().list(aProject(), { limit: 10 })).toEqual({ items: [] });
  });

  it('are listed newest first, without images, in pages', async () => {
    const project = aProject();
    const entries = Array.from({ length: 25 }, (_, i) =>
      anEntry({ project, quarantined_at: later(((i * 7) % 25) * 1000) }),
    );
    await eachOf(entries, (entry) => under().put(entry));
    await under().put(anEntry({ project: `${project}-2` }));

    const pages = await allPages((page) => under().list(project, page), 4);

    const newestFirst = entries.toSorted((a, b) => (a.quarantined_at > b.quarantined_at ? -1 : 1));
    expect(pages.flat()).toEqual(newestFirst.map(listed));
    expect(pages.slice(0, -1).every((page) => page.length === 4)).toBe(true);
    const { next_cursor: cursor = '' } = await under().list(project, { limit: 4 });
    await expect(under().list(aProject(), { limit: 4, cursor })).rejects.toThrow(InvalidError);
  });

  it('tell which chunks something is kept of', async () => {
    const project = aProject();
    const entries = Array.from({ length: 3 }, () => anEntry({ project }));
    await eachOf(entries, (entry) => under().put(entry));
    const held = entries.map(({ chunk_id }) => chunk_id);
    const others = Array.from({ length: 200 }, () => randomUUID());

    expect(await under().holds(project, [...held, ...others, ...held])).toEqual(new Set(held));
    expect(await under().holds(aProject(), held)).toEqual(new Set());
    expect(await under().holds(project, [])).toEqual(new Set());
  });

  it('remember when they were first restored', async () => {
    const entry = anEntry();
    await under().put(entry);

    await under().markRestored(entry.project, entry.quarantine_id, later(5));
    await under().markRestored(entry.project, entry.quarantine_id, later(9));
    await under().put(entry);

    const restored = { ...entry, restored_at: later(5) };
    expect(await under().get(entry.project, entry.quarantine_id)).toEqual(restored);
    expect((await under().list(entry.project, { limit: 1 })).items).toEqual([listed(restored)]);
    await expect(under().markRestored(entry.project, randomUUID(), later(5))).rejects.toThrow(NotFoundError);
  });

  it('are gone when their project is dropped, and no others', async () => {
    const [entry, other] = [anEntry(), anEntry()];
    for (const one of [entry, other]) await under().put(one);

    await under().drop(entry.project);
    await under().drop(entry.project);

    expect(await under().get(entry.project, entry.quarantine_id)).toBeUndefined();
    expect(await under().list(entry.project, { limit: 10 })).toEqual({ items: [] });
    expect(await under().holds(entry.project, [entry.chunk_id])).toEqual(new Set());
    expect(await under().get(other.project, other.quarantine_id)).toEqual(other);
  });
};

/** These move the clock, each on from where the one before left it. */
const expiryContract = (under: Under, advance: (ms: number) => void) => {
  it('makes an entry absent for every reader, and its id free again', async () => {
    const project = aProject();
    const [entry, longer] = [
      anEntry({ project, expires_at: later(DAY_MS) }),
      anEntry({ project, expires_at: later(3 * DAY_MS), quarantined_at: later(-1) }),
    ];
    const sameChunk = anEntry({ project, chunk_id: longer.chunk_id, expires_at: later(DAY_MS) });
    for (const one of [entry, longer, sameChunk]) await under().put(one);
    await under().put({ ...entry, expires_at: later(9 * DAY_MS) });
    advance(DAY_MS - 1);
    expect((await under().list(project, { limit: 10 })).items).toHaveLength(3);
    advance(1);

    expect(await under().get(project, entry.quarantine_id)).toBeUndefined();
    expect(await under().list(project, { limit: 10 })).toEqual({ items: [listed(longer)] });
    expect(await under().list(project, { limit: 1 })).toEqual({ items: [listed(longer)] });
    expect(await under().holds(project, [entry.chunk_id, longer.chunk_id])).toEqual(
      new Set([longer.chunk_id]),
    );
    await expect(under().markRestored(project, entry.quarantine_id, later(DAY_MS))).rejects.toThrow(
      NotFoundError,
    );

    const again = { ...entry, quarantined_at: later(DAY_MS), expires_at: later(2 * DAY_MS) };
    await under().put(again);
    expect(await under().get(project, entry.quarantine_id)).toEqual(again);
    expect((await under().list(project, { limit: 10 })).items).toEqual([listed(again), listed(longer)]);
    expect(await under().holds(project, [entry.chunk_id])).toEqual(new Set([entry.chunk_id]));
  });
};

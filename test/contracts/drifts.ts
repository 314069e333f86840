import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Attempt, DriftItem } from '../../shared/domain/project.ts';
import { InvalidError } from '../../shared/errors.ts';
import type { Drifts } from '../../shared/ports.ts';
import { affordable } from '../support/effort.ts';
import { allPages, aProject, later, START } from './documents-builders.ts';

export interface DriftsUnderTest {
  drifts: Drifts;
  advance(ms: number): void;
  stop(): Promise<void>;
}
type Under = () => Drifts;
const MINUTE = 60_000;
const DAY = 86_400_000;

export const aDrift = (over: Partial<DriftItem> = {}): DriftItem => ({
  project: aProject(),
  chunk_id: randomUUID(),
  type: 'missing_in_qdrant',
  cause: 'ghost_delete',
  file_path: 'a.md',
  scan_id: 's1',
  depth: 'content',
  first_seen: START,
  last_seen: START,
  status: 'open',
  evidence: 'e1',
  ...over,
});
/** The same chunk seen again `ms` after START. */
const again = (item: DriftItem, ms: number, over: Partial<DriftItem> = {}): DriftItem => ({
  ...item,
  first_seen: later(ms),
  last_seen: later(ms),
  scan_id: 's2',
  ...over,
});
const standing = async (drifts: Drifts, { project, chunk_id }: DriftItem) =>
  (await drifts.get(project, [chunk_id])).get(chunk_id);

/** The promises of the port Drifts. Each part has a store and a clock of its own. */
export const driftsContract = (name: string, make: () => Promise<DriftsUnderTest>) => {
  const part = (title: string, promises: (under: Under, advance: (ms: number) => void) => void) =>
    describe(title, () => {
      let tested: DriftsUnderTest;
      beforeAll(async () => {
        tested = await make();
      });
      afterAll(() => tested?.stop());
      promises(
        () => tested.drifts,
        (ms) => tested.advance(ms),
      );
    });

  describe(`drifts in ${name}`, () => {
    part('sightings', sightingContract);
    part('listings', listingContract);
    part('histories', historyContract);
    part('those that stand', ageContract);
  });
};

const sightingContract = (under: Under, advance: (ms: number) => void) => {
  it('come back as they were recorded, and only those asked for that are there', async () => {
    const project = aProject();
    const items = [
      aDrift({ project, file_path: null }),
      aDrift({ project, action: 'copy_to_qdrant', embed_again: true }),
    ];
    await under().record([...items, aDrift({ project })]);

    const found = await under().get(project, [...items.map(({ chunk_id }) => chunk_id), randomUUID()]);

    expect([...found]).toEqual(expect.arrayContaining(items.map((item) => [item.chunk_id, item])));
    expect(found.size).toBe(2);
  });

  it('keep when a chunk was first seen, and take over all else', async () => {
    const item = aDrift({ reason: 'below_threshold' });
    const { reason: _gone, ...rest } = again(item, MINUTE, {
      type: 'content_mismatch',
      evidence: 'e2',
      depth: 'vectors',
    });
    await under().record([item]);
    await under().record([rest]);
    await under().record([rest]);

    expect(await standing(under(), item)).toEqual({ ...rest, first_seen: START });
  });

  it('keep that a vector is of another text, which only embedding it again could take back', async () => {
    const item = aDrift({ embed_again: true, depth: 'vectors' });
    const { embed_again: _unseen, ...rest } = again(item, MINUTE, { depth: 'fingerprints', evidence: 'e2' });
    await under().record([item]);
    await under().record([rest]);

    expect(await standing(under(), item)).toMatchObject({
      evidence: 'e2',
      depth: 'vectors',
      embed_again: true,
    });
  });

  it('change nothing when they come late', async () => {
    const item = aDrift();
    await under().record([again(item, MINUTE)]);
    await under().record([item]);

    expect(await standing(under(), item)).toEqual(again(item, MINUTE));
  });

  it('open a chunk anew that was repaired or gone', async () => {
    for (const status of ['repaired', 'gone'] as const) {
      const item = aDrift();
      await under().record([item]);
      await under().mark(item.project, [item.chunk_id], { status });
      advance(1_000);
      const next = again(item, 10 * MINUTE);
      await under().record([next]);

      expect(await standing(under(), item)).toEqual(next);
    }
  });

  it('from before a repair do not open it again', async () => {
    const item = aDrift();
    await under().record([item]);
    advance(MINUTE);
    await under().mark(item.project, [item.chunk_id], { status: 'repaired', action: 'copy_to_qdrant' });

    await under().record([again(item, 1)]);

    expect(await standing(under(), item)).toEqual({ ...item, status: 'repaired', action: 'copy_to_qdrant' });
  });

  it('leave a parked chunk parked until its evidence changes', async () => {
    const item = aDrift();
    await under().record([item]);
    await under().mark(item.project, [item.chunk_id], { status: 'parked', reason: 'loop' });

    await under().record([again(item, MINUTE)]);
    const parked = { ...item, status: 'parked', reason: 'loop', scan_id: 's2', last_seen: later(MINUTE) };
    expect(await standing(under(), item)).toEqual(parked);

    const changed = again(item, 2 * MINUTE, { evidence: 'e2' });
    await under().record([changed]);
    expect(await standing(under(), item)).toEqual({ ...changed, first_seen: START });
  });

  it('lose their reason with the next mark, and keep what was done', async () => {
    const item = aDrift({ reason: 'backoff', action: 'copy_to_qdrant' });
    const { reason: _gone, ...rest } = item;
    await under().record([item]);

    await under().mark(item.project, [item.chunk_id, randomUUID()], { status: 'waiting' });

    expect(await standing(under(), item)).toEqual({ ...rest, status: 'waiting' });
    expect((await under().list(item.project, {}, { limit: 9 })).items).toHaveLength(1);
  });

  it('that have ended stay so whoever marks them late, but a proven repair says more than gone', async () => {
    const item = aDrift();
    await under().record([item]);
    const mark = (status: DriftItem['status']) => under().mark(item.project, [item.chunk_id], { status });

    await mark('gone');
    await mark('open');
    expect(await standing(under(), item)).toMatchObject({ status: 'gone' });
    await mark('repaired');
    await mark('gone');
    await mark('parked');

    expect(await standing(under(), item)).toMatchObject({ status: 'repaired' });
  });

  it('of two scans at once leave the newer one with the older beginning', async () => {
    const item = aDrift();
    await under().record([item]);

    await Promise.all(Array.from({ length: 8 }, (_, i) => under().record([again(item, i * MINUTE)])));

    expect(await standing(under(), item)).toEqual({ ...again(item, 7 * MINUTE), first_seen: START });
  });

  it('that have ended are absent a while later, deleted or not', async () => {
    const item = aDrift();
    await under().record([item]);
    await under().mark(item.project, [item.chunk_id], { status: 'gone' });

    advance(31 * DAY);

    expect(await standing(under(), item)).toBeUndefined();
    expect(await under().list(item.project, {}, { limit: 9 })).toEqual({ items: [] });
    await under().mark(item.project, [item.chunk_id], { status: 'open' });
    expect(await standing(under(), item)).toBeUndefined();
    await under().record([again(item, 40 * DAY)]);
    expect(await standing(under(), item)).toEqual(again(item, 40 * DAY));
  });
};

const listingContract = (under: Under) => {
  const project = aProject();
  const items = Array.from({ length: affordable(1_100, 2_000) }, (_, i) =>
    aDrift({
      project,
      type: i % 4 === 0 ? 'content_mismatch' : 'missing_in_qdrant',
      status: i % 5 === 0 ? 'waiting' : 'open',
      scan_id: i % 100 === 0 ? 'rare' : 's1',
    }),
  ).sort((a, b) => (a.chunk_id < b.chunk_id ? -1 : 1));

  it('come in order of id, in pages of 7 and of 1000', async () => {
    await under().record(items);

    for (const limit of [7, 1000]) {
      const pages = await allPages((page) => under().list(project, {}, page), limit);
      expect(pages.flat()).toEqual(items);
      expect(pages.slice(0, -1).every((page) => page.length === limit)).toBe(true);
      expect(pages.at(-1)?.length).toBeGreaterThan(0);
    }
  });

  it('keep to their filters, in full pages', async () => {
    const filters = [
      { status: 'waiting' },
      { type: 'content_mismatch' },
      { scan_id: 'rare' },
      { scan_id: 'rare', type: 'content_mismatch', status: 'waiting' },
      { scan_id: 'unknown' },
    ] as const;
    for (const filter of filters) {
      const wanted = items.filter((item) =>
        Object.entries(filter).every(([name, value]) => item[name as 'type'] === value),
      );
      const pages = await allPages((page) => under().list(project, filter, page), 9);
      expect(pages.flat()).toEqual(wanted);
      expect(pages.slice(0, -1).every((page) => page.length === 9)).toBe(true);
    }
  });

  it('go on where they were though items before and behind have changed', async () => {
    const { items: first, next_cursor: cursor = '' } = await under().list(
      project,
      { status: 'open' },
      { limit: 50 },
    );
    await under().mark(
      project,
      first.slice(0, 20).map(({ chunk_id }) => chunk_id),
      { status: 'parked' },
    );

    const { items: second } = await under().list(project, { status: 'open' }, { limit: 50, cursor });

    const open = items.filter(({ status }) => status === 'open');
    expect([...first, ...second]).toEqual(open.slice(0, 100));
  });

  it('refuse a cursor with another filter, and know only their project', async () => {
    const { next_cursor: cursor = '' } = await under().list(project, {}, { limit: 5 });

    await expect(under().list(project, { status: 'open' }, { limit: 5, cursor })).rejects.toThrow(
      InvalidError,
    );
    expect(await under().list(aProject(), {}, { limit: 5 })).toEqual({ items: [] });
  });

  it('end as repaired many at once, whatever they say by then, and no late sighting opens them', async () => {
    const project = aProject();
    const known = Array.from({ length: 60 }, () => aDrift({ project }));
    await under().record(known);
    const [parked, gone] = known.map(({ chunk_id }) => chunk_id) as [string, string];
    await under().mark(project, [parked], { status: 'parked', reason: 'loop' });
    await under().mark(project, [gone], { status: 'gone' });

    await under().recordRepaired(known.map((item) => ({ ...item, status: 'repaired' })));
    await under().record(known.slice(2).map((item) => ({ ...item, scan_id: 'late', last_seen: later(-1) })));

    const { items } = await under().list(project, {}, { limit: 100 });
    expect(items.map(({ status, scan_id }) => [status, scan_id])).toEqual(
      known.map(() => ['repaired', 's1']),
    );
    expect(await under().standing(project)).toEqual({ count: 0, hasMore: false });
    await under().recordRepaired([]);
  });

  it('are empty once the project is dropped', async () => {
    const chunk_id = items[0]?.chunk_id ?? '';
    await under().recordAttempt(anAttempt({ project, tried: [chunk_id] }));

    await under().drop(project);

    expect(await under().list(project, {}, { limit: 5 })).toEqual({ items: [] });
    expect((await under().history(project, 'a.md', [chunk_id])).size).toBe(0);
  });
};

const ageContract = (under: Under) => {
  it('are counted, and as old as the first of those open or waiting, in their project alone', async () => {
    const project = aProject();
    const ages = [5, 1, 4, 2, 3].map((minutes) => minutes * MINUTE);
    const items = ages.map((ms) => aDrift({ project, first_seen: later(ms), last_seen: later(ms) }));
    const mark = (index: number, status: DriftItem['status']) =>
      under().mark(project, [items[index]?.chunk_id ?? ''], { status });
    const told: [count: number, oldest: string | undefined][] = [];
    const tell = async () => {
      const { count, oldest } = await under().standing(project);
      told.push([count, oldest]);
    };

    await tell();
    await under().record(items);
    await under().record([aDrift()]);
    await tell();
    await mark(1, 'repaired');
    await mark(3, 'waiting');
    await tell();
    await mark(3, 'parked');
    await mark(4, 'gone');
    await tell();
    await under().drop(project);
    await tell();

    const expected: [number, number | undefined][] = [
      [0, undefined],
      [5, 1],
      [4, 2],
      [3, 4],
      [0, undefined],
    ];
    expect(told).toEqual(expected.map(([count, minute]) => [count, minute && later(minute * MINUTE)]));
  });

  it('are counted where only parked ones are left, and have no age then', async () => {
    const item = aDrift();
    await under().record([item]);
    await under().mark(item.project, [item.chunk_id], { status: 'parked', reason: 'loop' });

    expect(await under().standing(item.project)).toEqual({
      count: 1,
      hasMore: false,
      unequal: null,
    });
  });

  it('tell which of their changes was recorded first, and that of one nobody can tell', async () => {
    const project = aProject();
    const [first, second] = [
      aDrift({ project, recorded_at: later(-MINUTE) }),
      aDrift({ project, recorded_at: START }),
    ];
    const unequal = async () => (await under().standing(project)).unequal;
    const mark = ({ chunk_id }: DriftItem, status: DriftItem['status']) =>
      under().mark(project, [chunk_id], { status });

    expect(await unequal()).toBeUndefined();
    await under().record([first, second]);
    await mark(first, 'parked');
    expect(await unequal()).toBe(later(-MINUTE));
    await under().record([aDrift({ project })]);
    expect(await unequal()).toBeNull();
    await mark(first, 'repaired');
    expect(await unequal()).toBeNull();
  });

  it('tell the next change once the first is repaired', async () => {
    const project = aProject();
    const [first, second] = [
      aDrift({ project, recorded_at: later(-MINUTE) }),
      aDrift({ project, recorded_at: START }),
    ];
    await under().record([first, second]);

    await under().mark(project, [first.chunk_id], { status: 'repaired' });

    expect((await under().standing(project)).unequal).toBe(START);
  });

  it('do not become younger when they are seen again', async () => {
    const item = aDrift();
    await under().record([item]);
    await under().record([again(item, 5 * MINUTE)]);

    expect((await under().standing(item.project)).oldest).toBe(START);
    expect(await standing(under(), item)).toEqual({ ...again(item, 5 * MINUTE), first_seen: START });
  });
};

const anAttempt = (over: Partial<Attempt>): Attempt => ({
  project: aProject(),
  file_path: 'a.md',
  version: 1,
  at: START,
  tried: [],
  repaired: [],
  ...over,
});

const historyContract = (under: Under, advance: (ms: number) => void) => {
  const [id, other] = [randomUUID(), randomUUID()];
  const now = (project: string, chunk = id, file_path = 'a.md') =>
    under()
      .history(project, file_path, [chunk])
      .then((found) => found.get(chunk));
  const tried = (project: string, version: number, at: string, repaired: string[] = []) =>
    under().recordAttempt(anAttempt({ project, version, at, tried: [id, other], repaired }));

  it('count failed attempts, which a completed repair resets, chunk by chunk', async () => {
    const project = aProject();
    for (const version of [9, 10, 11]) await tried(project, version, later(version));

    expect(await now(project)).toEqual({ attempts: 3, last_attempt_at: later(11), repaired_at: [] });
    await tried(project, 12, later(12), [id]);
    expect(await now(project)).toEqual({ attempts: 0, last_attempt_at: later(12), repaired_at: [later(12)] });
    expect(await now(project, other)).toMatchObject({ attempts: 4, repaired_at: [] });
    expect(await now(project, randomUUID())).toBeUndefined();
  });

  it('count an operation once, which tells its beginning and its end, and each told twice', async () => {
    const project = aProject();

    for (const at of [later(1), later(1)]) await tried(project, 1, at);
    for (const at of [later(2), later(2)]) await tried(project, 1, at, [id]);

    expect(await now(project)).toMatchObject({ attempts: 0, repaired_at: [later(2)] });
    expect(await now(project, other)).toMatchObject({ attempts: 1 });
  });

  it('are of one document, whatever its path', async () => {
    const [project, long] = [aProject(), `${'é'.repeat(500)}.md`];
    await under().recordAttempt(anAttempt({ project, file_path: long, tried: [id] }));

    expect(await now(project, id, long)).toMatchObject({ attempts: 1 });
    expect(await now(project)).toBeUndefined();
    expect(await now(project, id, '')).toBeUndefined();
  });

  it('keep the repairs of a day, and ten at most', async () => {
    const project = aProject();
    const started = 100 * DAY;
    for (let i = 0; i < 12; i++) await tried(project, i, later(started + i * MINUTE), [id]);
    advance(started + 11 * MINUTE);

    const all = await now(project);

    expect(all?.repaired_at).toEqual(Array.from({ length: 10 }, (_, i) => later(started + (i + 2) * MINUTE)));
    advance(DAY - 6 * MINUTE + 1);
    expect((await now(project))?.repaired_at[0]).toBe(later(started + 6 * MINUTE));
  });

  it('forget the repairs of more than a day ago, and in the end everything', async () => {
    const project = aProject();
    const at = later(102 * DAY);
    advance(DAY);
    await tried(project, 1, at, [id]);

    advance(2 * DAY);
    expect(await now(project)).toEqual({ attempts: 0, last_attempt_at: at, repaired_at: [] });
    advance(31 * DAY);
    expect(await now(project)).toBeUndefined();
  });
};

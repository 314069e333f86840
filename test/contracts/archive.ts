import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SyncEvent } from '../../shared/domain/event.ts';
import type { Archive, ArchivedDay } from '../../shared/ports.ts';
import { aManifest, anEvent } from './event-store-events.ts';

/** An archive whose objects close after about 20 KB of JSON, and which lists two keys at a time. */
export interface ArchiveUnderTest {
  archive: Archive;
  stop(): Promise<void>;
}

export const allOf = async <Item>(items: AsyncIterable<Item>): Promise<Item[]> =>
  await Array.fromAsync(items);
export const ALWAYS = { since: '2000-01-01T00:00:00.000Z', until: '2100-01-01T00:00:00.000Z' };
const aProject = () => `p-${randomUUID().slice(0, 13)}`;

/** Events of one project, `hours` apart, the first at noon of 24 November 2026. */
const hourly = (project: string, count: number, hours: number, over: Partial<SyncEvent> = {}) =>
  Array.from({ length: count }, (_, i) => {
    const timestamp = new Date(Date.UTC(2026, 10, 24, 12 + i * hours)).toISOString();
    return anEvent({ project, file_path: `${i}.md`, timestamp, ...over });
  });

const datesOf = (days: ArchivedDay[]) => days.map(({ date, objects }) => [date, objects]);

/** The promises of the port Archive. */
export const archiveContract = (name: string, make: () => Promise<ArchiveUnderTest>) => {
  describe(`archive on ${name}`, () => {
    let tested: ArchiveUnderTest;
    let archive: Archive;
    beforeAll(async () => {
      tested = await make();
      archive = tested.archive;
    });
    afterAll(() => tested?.stop());

    it('gives events back as they went, manifests and odd texts included', async () => {
      const project = aProject();
      const events = [
        anEvent({ project, file_path: 'a.md', manifest: aManifest(3) }),
        anEvent({ project, file_path: 'b.md', manifest: { chunks: [], removed: [] } }),
        anEvent({ project, file_path: 'c.md', metadata: { n: 1.5, deep: [{ x: null }] }, duration_ms: 12 }),
        anEvent({ project, file_path: 'Größe/😀\u2028.md', error: 'a line\nand another "\\"' }),
      ];

      await archive.put(events);

      expect(await allOf(archive.read(project, ALWAYS))).toEqual(events);
    });

    it('keeps each project and each day apart', async () => {
      const [one, other] = [aProject(), aProject()];
      const [events, others] = [hourly(one, 5, 12), hourly(other, 1, 1)];

      await archive.put([...events, ...others]);

      expect(datesOf(await allOf(archive.days(one)))).toEqual([
        ['2026-11-24', 1],
        ['2026-11-25', 1],
        ['2026-11-26', 1],
      ]);
      expect(await allOf(archive.days())).toEqual(
        expect.arrayContaining([
          expect.objectContaining({
            project: one,
            date: '2026-11-26',
            objects: 1,
            bytes: expect.any(Number),
          }),
          expect.objectContaining({ project: other, date: '2026-11-24', objects: 1 }),
        ]),
      );
      expect(await allOf(archive.read(other, ALWAYS))).toEqual(others);
    });

    it('holds a delivery once, however often it comes', async () => {
      const project = aProject();
      const events = hourly(project, 3, 12);

      for (let time = 0; time < 3; time++) await archive.put(events);
      await Promise.all([archive.put(events), archive.put(events)]);

      expect((await allOf(archive.days(project))).map(({ objects }) => objects)).toEqual([1, 1]);
      expect(await allOf(archive.read(project, ALWAYS))).toEqual(events);
    });

    it('tells an event once that came in two deliveries', async () => {
      const project = aProject();
      const events = hourly(project, 6, 1);

      await archive.put(events.slice(0, 4));
      await archive.put(events.slice(2));

      expect(datesOf(await allOf(archive.days(project)))).toEqual([['2026-11-24', 2]]);
      expect(await allOf(archive.read(project, ALWAYS))).toEqual(events);
    });

    it('reads a period from its first moment up to its end, which is not in it', async () => {
      const project = aProject();
      const events = hourly(project, 9, 6);
      await archive.put(events);
      const at = (index: number) => events[index]?.timestamp ?? '';

      const read = (since: string, until: string) => allOf(archive.read(project, { since, until }));

      expect(await read(at(3), at(6))).toEqual(events.slice(3, 6));
      expect(await read(at(2), '2026-11-25T00:00:00.000Z')).toEqual([]);
      expect(await read('2026-11-25T00:00:00.000Z', at(3))).toEqual(events.slice(2, 3));
      expect(await read(at(6), at(6))).toEqual([]);
    });

    it('closes an object that has become large, and still makes the same ones of the same events', async () => {
      const project = aProject();
      const events = hourly(project, 30, 0, { manifest: aManifest(20) });

      await archive.put(events);
      const [day] = await allOf(archive.days(project));
      await archive.put(
        (async function* () {
          yield* events;
        })(),
      );

      expect(day?.objects).toBeGreaterThan(2);
      expect(await allOf(archive.days(project))).toEqual([day]);
      const read = await allOf(archive.read(project, ALWAYS));
      expect(read).toHaveLength(30);
      expect(read).toEqual(expect.arrayContaining(events));
    });

    it('knows nothing of a project that never wrote, and makes nothing of nothing', async () => {
      await archive.put([]);

      expect(await allOf(archive.days(aProject()))).toEqual([]);
      expect(await allOf(archive.read(aProject(), ALWAYS))).toEqual([]);
    });
  });
};

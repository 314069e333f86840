import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startS3 } from '../../infra/local/s3.ts';
import { s3Archive } from '../../shared/adapters/s3-archive.ts';
import { s3Client } from '../../shared/adapters/s3-bucket.ts';
import { backfillArchive } from '../../shared/operations/backfill-archive.ts';
import type { Archive } from '../../shared/ports.ts';
import { ALWAYS, allOf } from '../contracts/archive.ts';
import { aManifest, anEvent } from '../contracts/event-store-events.ts';
import { configFor } from '../contracts/tables.ts';
import { aStory } from '../support/story.ts';
import type { LocalWorld } from '../support/world.ts';

let local: LocalWorld;
let s3: Awaited<ReturnType<typeof startS3>>;
let archive: Archive;
let failingPuts: number;
beforeEach(async () => {
  [local, s3] = await Promise.all([aStory(1), startS3()]);
  const client = s3Client({ ...configFor(s3.endpoint), forcePathStyle: true });
  failingPuts = 0;
  client.middlewareStack.add((next, context) => async (args) => {
    if (context.commandName === 'PutObjectCommand' && failingPuts-- > 0) throw new Error('the line is cut');
    return next(args);
  });
  archive = s3Archive({ client, bucket: 'archive' });
});
afterEach(() => Promise.all([local.stop(), s3.close()]));

const DAY = 86_400_000;
const PERIOD = { since: '2090-01-01T00:00:00.000Z', until: '2090-02-01T00:00:00.000Z' };
const eventAt = (day: number, manifest = aManifest(2)) =>
  anEvent({
    project: local.project,
    file_path: `${day}.md`,
    timestamp: new Date(Date.parse(PERIOD.since) + day * DAY).toISOString(),
    manifest,
  });
const fill = () => backfillArchive({ ...local.world, archive }, { project: local.project, ...PERIOD });
const objects = async () => (await allOf(archive.days())).reduce((sum, day) => sum + day.objects, 0);
const append = async (events: ReturnType<typeof eventAt>[]) => {
  for (const event of events) await local.world.events.append(event);
};

describe('filling the archive', () => {
  test('adds what it lacks, complete, and leaves what it has', async () => {
    const told = [eventAt(1), eventAt(2), eventAt(2.5, aManifest(12_000)), eventAt(3)];
    await append(told);
    await append([eventAt(-1), eventAt(31)]);
    await archive.put(told.slice(0, 2));

    expect(await fill()).toMatchObject({ added: 2, there: 2 });

    expect(await allOf(archive.read(local.project, ALWAYS))).toEqual(told);
    expect(await objects()).toBe(4);
  });

  test('adds nothing when it is done again, and goes on where it was cut off', async () => {
    const told = [eventAt(1), eventAt(2), eventAt(3)];
    await append(told);
    failingPuts = 1;
    await expect(fill()).rejects.toThrow('putting an object failed');

    await fill();
    const after = await objects();
    expect(await fill()).toMatchObject({ added: 0, there: 3 });

    expect([after, await objects()]).toEqual([3, 3]);
    expect(await allOf(archive.read(local.project, ALWAYS))).toEqual(told);
  });
});

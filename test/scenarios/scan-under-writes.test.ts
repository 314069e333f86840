import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DriftType } from '../../shared/domain/drift.ts';
import type { Depth, Scan } from '../../shared/domain/scan.ts';
import { planScan } from '../../shared/operations/plan-scan.ts';
import { scanShard } from '../../shared/operations/scan-shard.ts';
import type { World } from '../../shared/operations/world.ts';
import { writeDocument } from '../../shared/operations/write-document.ts';
import { heldBus, rungShards } from '../support/bus.ts';
import { damageTo } from '../support/damage.ts';
import { aWrite, targetsOf } from '../support/documents.ts';
import { driftsOf } from '../support/drive.ts';
import { RACES } from '../support/effort.ts';
import { guarded } from '../support/mortal.ts';
import { scheduled, writeAll } from '../support/scheduled.ts';
import { textsOf } from '../support/stores.ts';
import { type LocalWorld, localWorld } from '../support/world.ts';

const PATHS = ['a.md', 'b.md'];
const BEFORE = ['one', 'two', 'three'];
/** An edit, a longer text, a shorter one, and the end of the document. */
const EDITS = [['one', 'zwei', 'three'], ['one', 'two', 'three', 'four', 'five'], ['uno'], []];
const STILL = 'still.md';
const STILL_TEXTS = Array.from({ length: 8 }, (_, index) => `Still ${index}`);
const ROWS = 4;
/** Each is a whole scan, where a race is one repair. */
const SCANS = Math.ceil(5 + RACES / 40);

let shared: LocalWorld;
beforeAll(async () => {
  shared = await localWorld();
});
afterAll(() => shared.stop());

const SETTINGS = { grace_seconds: 1, content_sample_percent: 100, vector_sample_percent: 0 };

/** A project of its own with a document that nobody writes. */
const aProject = async (): Promise<LocalWorld> => {
  const world = { ...shared.world, bus: heldBus() };
  const local = { ...shared, world, project: `t-${randomUUID().slice(0, 13)}` };
  await writeDocument(world, aWrite(local.project, STILL, STILL_TEXTS));
  await world.projects.changeSettings(local.project, SETTINGS);
  return local;
};

/** One fault of each kind, by the chunk that has it. */
const damageStill = async (local: LocalWorld): Promise<Record<string, DriftType>> => {
  const ids = targetsOf(local.project, STILL, STILL_TEXTS).map(({ chunk }) => chunk.chunk_id);
  const [lostPoint = '', lostNode = '', altered = '', empty = ''] = ids;
  const damage = damageTo(local);
  await damage.deletePoints([lostPoint]);
  await damage.deleteNodes([lostNode]);
  await damage.setNode(altered, { content: 'damaged' });
  await damage.setVector(empty, new Array(384).fill(0));
  return {
    [lostPoint]: 'missing_in_qdrant',
    [lostNode]: 'missing_in_neo4j',
    [altered]: 'content_mismatch',
    [empty]: 'invalid_vector',
  };
};

/** Only a scan of depth `vectors` is sure to see what is wrong with a vector alone. */
const seenAt = (depth: Depth, damaged: Record<string, DriftType>) =>
  Object.fromEntries(
    Object.entries(damaged).filter(([, type]) => depth === 'vectors' || type !== 'invalid_vector'),
  );

/** The same world for a writer that stands still between the two sides until the scan is over. */
const stalling = (world: World, scanIsOver: Promise<void>): World => ({
  ...world,
  vectors: guarded(world.vectors, async (act, method) => {
    if (method === 'apply') await scanIsOver;
    return await act();
  }),
});

const scanned = async ({ world, project }: LocalWorld, turns: World, depth: Depth): Promise<Scan> => {
  const { scan } = await planScan(world, { project, depth, correlation_id: randomUUID() });
  for (const { message } of rungShards(world.bus)) {
    const shift = { ...message, project, owner: randomUUID(), remainingMs: () => 600_000, pageRows: ROWS };
    expect(await scanShard(turns, shift)).toBe('done');
  }
  const ended = await world.scans.get(project, scan.scan_id);
  if (ended === undefined) throw new Error('the scan is gone');
  return ended;
};

const edits = fc.array(fc.constantFrom(...EDITS), { minLength: 1, maxLength: 3 });
const depths = fc.constantFrom<Depth[]>('fingerprints', 'content', 'vectors');
const writers = fc.array(fc.tuple(fc.constantFrom(...PATHS), edits), { minLength: 2, maxLength: 3 });

/** What a scan reported: the kind of drift of each chunk, which its sums must count. */
const reportOf = async (local: LocalWorld, { scan_id, sums, status }: Scan) => {
  const items = [...(await driftsOf(local)).values()].filter((item) => item.scan_id === scan_id);
  expect(status).toBe('completed');
  expect(sums.drifts).toEqual(countsOf(items.map(({ type }) => type)));
  return Object.fromEntries(items.map(({ chunk_id, type }) => [chunk_id, type]));
};

const countsOf = (types: string[]) => Object.fromEntries(types.map((type) => [type, 1]));

describe('a scan under writes', () => {
  test('reports the damage on what stands still, and nothing else', async () => {
    const local = await aProject();
    const damaged = await damageStill(local);
    const holds = fc.asyncProperty(fc.scheduler(), depths, writers, async (scheduler, depth, histories) => {
      for (const path of PATHS) await writeDocument(local.world, aWrite(local.project, path, BEFORE));
      const turns = scheduled(local.world, scheduler);

      const over = Promise.withResolvers<void>();
      const slow = stalling(turns, over.promise);
      const writing = histories.map(([path, texts], index) =>
        writeAll(index === 0 ? slow : turns, local.project, path, texts),
      );
      const scanning = scanned(local, turns, depth).finally(over.resolve);
      await scheduler.waitFor(Promise.all([scanning, ...writing]));

      expect(await reportOf(local, await scanning)).toEqual(seenAt(depth, damaged));
    });
    await fc.assert(holds, { numRuns: SCANS, endOnFailure: true });
    for (const path of PATHS) await textsOf(local.world, local.project, path);
  });
});

import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Depth, Scan } from '../../shared/domain/scan.ts';
import { planScan } from '../../shared/operations/plan-scan.ts';
import { scanShard } from '../../shared/operations/scan-shard.ts';
import type { World } from '../../shared/operations/world.ts';
import { writeDocument } from '../../shared/operations/write-document.ts';
import { heldBus } from '../support/bus.ts';
import { damageTo } from '../support/damage.ts';
import { aWrite, targetsOf } from '../support/documents.ts';
import { driftsOf } from '../support/drive.ts';
import { guarded } from '../support/mortal.ts';
import { textsOf } from '../support/stores.ts';
import { type LocalWorld, localWorld } from '../support/world.ts';

const PATHS = ['a.md', 'b.md'];
const BEFORE = ['one', 'two', 'three'];
/** An edit, a longer text, a shorter one, and the end of the document. */
const EDITS = [['one', 'zwei', 'three'], ['one', 'two', 'three', 'four', 'five'], ['uno'], []];
const STILL = 'still.md';
const STILL_TEXTS = Array.from({ length: 8 }, (_, index) => `Still ${index}`);
const ROWS = 4;
const RACES = Math.ceil(Number(process.env.LOCKSTEP_RACES ?? 15) / 3);

let shared: LocalWorld;
beforeAll(async () => {
  shared = await localWorld();
});
afterAll(() => shared.stop());

/** A project of its own with a document that nobody writes. */
const aProject = async (): Promise<LocalWorld> => {
  const world = { ...shared.world, bus: heldBus() };
  const local = { ...shared, world, project: `t-${randomUUID().slice(0, 13)}` };
  await writeDocument(world, aWrite(local.project, STILL, STILL_TEXTS));
  await world.projects.changeSettings(local.project, { grace_seconds: 1, content_sample_percent: 100 });
  return local;
};

/** One fault of each kind that a scan of this depth sees, by the chunk that has it. */
const damageStill = async (local: LocalWorld, depth: Depth): Promise<Record<string, string>> => {
  const ids = targetsOf(local.project, STILL, STILL_TEXTS).map(({ chunk }) => chunk.chunk_id);
  const [lostPoint = '', lostNode = '', altered = '', empty = ''] = ids;
  const damage = damageTo(local);
  await damage.deletePoints([lostPoint]);
  await damage.deleteNodes([lostNode]);
  await damage.setNode(altered, { content: 'damaged' });
  await damage.setVector(empty, new Array(384).fill(0));
  const seenByAll = { [lostPoint]: 'missing_in_qdrant', [lostNode]: 'missing_in_neo4j' };
  const seen = { ...seenByAll, [altered]: 'content_mismatch' };
  return depth === 'vectors' ? { ...seen, [empty]: 'invalid_vector' } : seen;
};

const PORTS = ['graph', 'vectors', 'documents', 'events', 'drifts', 'scans'] as const;

/** The same world, with every call to a store waiting for its turn. */
const scheduled = <W extends World>(world: W, scheduler: fc.Scheduler): W => {
  const wrapped = PORTS.map((name) => [
    name,
    guarded(world[name] as object, (act, method) =>
      scheduler.schedule(Promise.resolve(), `${name}.${method}`).then(act),
    ),
  ]);
  return { ...world, ...Object.fromEntries(wrapped) };
};

/** Writes one edit after another; what finds the document busy or gone already is left out. */
const writeAll = async (world: World, project: string, path: string, edits: string[][]) => {
  for (const texts of edits)
    await writeDocument(world, aWrite(project, path, texts)).catch((error) => {
      if (!['document_busy', 'not_found'].includes(error.code)) throw error;
    });
};

const scanned = async ({ world, project }: LocalWorld, turns: World, depth: Depth): Promise<Scan> => {
  const { scan } = await planScan(world, { project, depth, correlation_id: randomUUID() });
  for (const { message } of world.bus.take('ShardReady')) {
    const shift = { ...message, project, owner: randomUUID(), remainingMs: () => 600_000, pageRows: ROWS };
    expect(await scanShard(turns, shift)).toBe('done');
  }
  const ended = await world.scans.get(project, scan.scan_id);
  if (ended === undefined) throw new Error('the scan is gone');
  return ended;
};

const edits = fc.array(fc.constantFrom(...EDITS), { minLength: 1, maxLength: 3 });
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
  test.each<Depth>(['fingerprints', 'content', 'vectors'])(
    'of depth %s reports the damage on what stands still, and nothing else',
    async (depth) => {
      const local = await aProject();
      const damaged = await damageStill(local, depth);
      const holds = fc.asyncProperty(fc.scheduler(), writers, async (scheduler, histories) => {
        for (const path of PATHS) await writeDocument(local.world, aWrite(local.project, path, BEFORE));
        const turns = scheduled(local.world, scheduler);

        const writing = histories.map(([path, texts]) => writeAll(turns, local.project, path, texts));
        const scanning = scanned(local, turns, depth);
        await scheduler.waitFor(Promise.all([scanning, ...writing]));

        expect(await reportOf(local, await scanning)).toEqual(damaged);
      });
      await fc.assert(holds, { numRuns: RACES, endOnFailure: true });
      for (const path of PATHS) await textsOf(local.world, local.project, path);
    },
  );
});

import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Depth } from '../../shared/domain/scan.ts';
import { CLOCKS_APART_MS } from '../../shared/domain/verified.ts';
import { planScan } from '../../shared/operations/plan-scan.ts';
import { projectSignals } from '../../shared/operations/project-signals.ts';
import { queryStatus } from '../../shared/operations/query-status.ts';
import { tryReserve } from '../../shared/operations/reserve.ts';
import { scanShard } from '../../shared/operations/scan-shard.ts';
import { steerScan } from '../../shared/operations/steer-scan.ts';
import { writeDocument } from '../../shared/operations/write-document.ts';
import { clocksOf } from '../support/clocks.ts';
import { damageTo } from '../support/damage.ts';
import { aWrite } from '../support/documents.ts';
import { deliverAll, EAGER, scanThrough } from '../support/drive.ts';
import { failing } from '../support/failing.ts';
import { aStory, PATH } from '../support/story.ts';
import type { LocalWorld } from '../support/world.ts';

let local: LocalWorld & { ids: string[] };
let written: string;
let lost: string;
beforeEach(async () => {
  local = await aStory(20);
  written = now();
  lost = local.ids[3] ?? '';
  await local.world.projects.changeSettings(local.project, { mode: 'observe' });
  local.world.clock.advance(300_000);
});
afterEach(() => local.stop());

const now = (ms = 0) => new Date(local.world.clock.now() + ms).toISOString();
const proven = (started: string) => new Date(Date.parse(started) - CLOCKS_APART_MS).toISOString();
const status = () => queryStatus(local.world, local.project);
/** What status and gauge both say of contents. */
const verified = async () => {
  const { verified_until } = await status();
  const project = await local.world.projects.get(local.project);
  if (!project) throw new Error('the project is gone');
  const { verified_age_seconds } = await projectSignals(local.world, project);
  const since = Date.parse(verified_until.content ?? project.registered_at);
  expect(verified_age_seconds).toBe((local.world.clock.now() - since) / 1000);
  return verified_until;
};
/** Scans five minutes later; answers when. */
const scan = async (depth: Depth) => {
  local.world.clock.advance(300_000);
  const started = now();
  await scanThrough(local, depth);
  return started;
};

describe('verified until', () => {
  test('is nothing before a scan, and then what the newest scan of each depth has proven', async () => {
    expect(await verified()).toEqual({ fingerprints: null, content: null, vectors: null });

    const deep = await scan('content');
    const shallow = await scan('fingerprints');

    expect(await verified()).toEqual({ fingerprints: proven(shallow), content: proven(deep), vectors: null });
    expect((await status()).coverage).toEqual({
      counts: shallow,
      fingerprints: shallow,
      content: deep,
      vectors: null,
    });
  });

  test('falls back to a change that is found different later, and goes on once it is repaired', async () => {
    await scan('content');
    await damageTo(local).deletePoints([lost]);

    const found = await scan('fingerprints');
    expect(await verified()).toMatchObject({ fingerprints: written, content: written });

    await local.world.projects.changeSettings(local.project, EAGER);
    const again = await scan('content');
    expect(again > found).toBe(true);
    expect(await verified()).toMatchObject({ fingerprints: proven(again), content: proven(again) });
  });

  test('is of the change that stands different, not of an older one to the same document', async () => {
    const texts = Array.from({ length: 20 }, (_, index) => `Paragraph number ${index} of the story.`);
    texts[3] = 'rewritten';
    const rewritten = now();
    await writeDocument(local.world, aWrite(local.project, PATH, texts));
    await damageTo(local).deletePoints([lost]);

    await scan('content');

    expect((await verified()).content).toBe(rewritten);
  });

  test('is of the rollback by which a chunk got its version', async () => {
    const texts = Array.from({ length: 20 }, (_, index) => `Rewritten ${index}`);
    const { world } = failing(local.world, { port: 'vectors', methods: ['apply'] });
    const undone = now();
    await expect(writeDocument(world, aWrite(local.project, PATH, texts))).rejects.toThrow();
    await damageTo(local).deletePoints([lost]);

    await scan('content');

    expect((await verified()).content).toBe(undone);
  });

  test('is nothing while a chunk differs that nobody has recorded', async () => {
    await scan('content');
    const point = {
      content: 'stray',
      content_hash: 'v1:0',
      file_path: 'stray.md',
      chunk_index: 0,
      version: 1,
    };
    await damageTo(local).upsertPoint(randomUUID(), point, new Array(384).fill(0.1));

    await scan('fingerprints');

    expect((await verified()).content).toBeNull();
  });

  test('is nothing while counts differ, which name no chunk', async () => {
    await scan('content');
    await damageTo(local).deletePoints([lost]);

    await scan('counts');

    expect((await verified()).content).toBeNull();
  });

  test('is nothing while the collection carries another identity', async () => {
    await scan('content');
    await damageTo(local).dropCollection();

    await scan('fingerprints');

    expect((await verified()).content).toBeNull();
  });
});

describe('what has been verified', () => {
  const work = async (scan_id: string, world = local.world) => {
    for (const { shard } of await local.world.scans.shards(local.project, scan_id)) {
      const shift = {
        project: local.project,
        scan_id,
        shard,
        owner: randomUUID(),
        remainingMs: () => 600_000,
      };
      await scanShard(world, shift);
    }
  };

  test('stays so where a later scan fails or is cancelled', async () => {
    const before = proven(await scan('content'));
    await damageTo(local).deletePoints([lost]);
    local.world.clock.advance(300_000);

    const request = { project: local.project, depth: 'content', correlation_id: randomUUID() } as const;
    const { scan: failed } = await planScan(local.world, request);
    const { world } = failing(local.world, { port: 'vectors', methods: ['contents'] });
    for (let tries = 0; tries < 3; tries++) await work(failed.scan_id, world);
    expect((await local.world.scans.get(local.project, failed.scan_id))?.status).toBe('detection_failed');
    expect((await verified()).content).toBe(before);

    const { scan: next } = await planScan(local.world, request);
    await steerScan(local.world, { ...request, scan_id: next.scan_id, action: 'cancel' });
    expect((await verified()).content).toBe(before);
  });

  test('does not grow by a scan that met a write to the end, and is not taken back either', async () => {
    const before = proven(await scan('content'));
    const head = await local.world.documents.head(local.project, PATH);
    if (head === undefined) throw new Error('the document has no head');
    local.world.clock.advance(300_000);
    const open = {
      project: local.project,
      file_path: PATH,
      kind: 'write',
      correlation_id: randomUUID(),
    } as const;
    await tryReserve(local.world, head, { ...open, deadlineSeconds: 900 });

    await scanThrough(local, 'content');
    expect((await verified()).content).toBe(before);
    await scanThrough(local, 'content');
    expect((await verified()).content).toBe(before);
  });

  test('by a scan that another overlaps is what it began with itself', async () => {
    local.world.clock.advance(300_000);
    const began = now();
    const request = { project: local.project, depth: 'content', correlation_id: randomUUID() } as const;
    const { scan: long } = await planScan(local.world, request);
    local.world.bus.take('ShardReady');
    const shallow = await scan('fingerprints');

    await work(long.scan_id);

    expect(await verified()).toMatchObject({ fingerprints: proven(shallow), content: proven(began) });
  });

  test('does not hold a write that a slow clock has dated before the scan that missed it', async () => {
    const clocks = clocksOf(local);
    local.world.clock.advance(300_000);
    const request = { project: local.project, depth: 'content', correlation_id: randomUUID() } as const;
    await planScan(local.world, request);
    await deliverAll(local);

    const late = aWrite(local.project, 'late.md', ['written after the scan']);
    await clocks.off(-CLOCKS_APART_MS, () => writeDocument(local.world, late));

    const { items } = await local.world.events.byDocument(local.project, 'late.md', { limit: 10 });
    const until = (await verified()).content ?? '';
    for (const { timestamp } of items) expect(timestamp >= until).toBe(true);
  });
});

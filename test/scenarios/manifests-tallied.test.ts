import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MANIFEST_SHARES } from '../../shared/domain/tally.ts';
import { MANIFESTS_IN_ONE_SHARD } from '../../shared/operations/cut-shards.ts';
import { planScan } from '../../shared/operations/plan-scan.ts';
import { scanShard } from '../../shared/operations/scan-shard.ts';
import { writeDocument } from '../../shared/operations/write-document.ts';
import { damageTo } from '../support/damage.ts';
import { aWrite } from '../support/documents.ts';
import { deliverAll, driftsOf, scanThrough } from '../support/drive.ts';
import { guarded, mortalAt } from '../support/mortal.ts';
import { plainQdrant } from '../support/real-services.ts';
import { aStory, PATH } from '../support/story.ts';
import type { LocalWorld } from '../support/world.ts';

let local: LocalWorld & { ids: string[]; texts: string[] };
beforeEach(async () => {
  local = await aStory(20);
  await local.world.projects.changeSettings(local.project, { mode: 'observe' });
});
afterEach(() => local.stop());

const id = (index = 3) => local.ids[index] ?? '';
const loseBoth = async () => {
  await damageTo(local).deleteNodes([id()]);
  await damageTo(local).deletePoints([id()]);
};
const plan = (depth: 'content' | 'vectors' = 'content') =>
  planScan(local.world, { project: local.project, depth, correlation_id: randomUUID() });
const worker = () => ({ project: local.project, owner: randomUUID(), remainingMs: () => 600_000 });
const found = async () => (await driftsOf(local)).get(id());

describe('manifests whose sums are those of the graph', () => {
  test('are not compared chunk by chunk once more', async () => {
    let texts = 0;
    const counting = <Port extends object>(port: Port): Port =>
      guarded(port, async (act, method) => {
        const result = await act();
        if (method === 'read') texts += (result as Map<string, unknown>).size;
        return result;
      });
    const { graph, vectors } = local.world;
    const world = { ...local.world, graph: counting(graph), vectors: counting(vectors) };
    await local.world.projects.changeSettings(local.project, { vector_sample_percent: 0 });

    const { scan } = await scanThrough({ ...local, world }, 'content');

    expect(scan).toMatchObject({ status: 'completed', drift_percentage: 0 });
    expect(texts).toBe(0);
  });

  test('are each compared with the graph for their own share, and doubt no document of another', async () => {
    const { graph } = local.world;
    const count = async () => MANIFESTS_IN_ONE_SHARD + 1;
    const large = Object.assign(Object.create(graph) as typeof graph, { count });
    const request = { project: local.project, depth: 'content', correlation_id: randomUUID() } as const;
    const { scan } = await planScan({ ...local.world, graph: large }, request);

    await deliverAll(local);

    const shards = await local.world.scans.shards(local.project, scan.scan_id);
    const doubted = shards.flatMap(({ progress }) => progress.tallied ?? []);
    expect(await local.world.scans.get(local.project, scan.scan_id)).toMatchObject({ status: 'completed' });
    expect(doubted).toEqual(Array(MANIFEST_SHARES).fill({ status: 'tallied', doubted: [] }));
  });

  test('wait for the ranges, whoever rings them', async () => {
    const { scan } = await plan();
    const shards = await local.world.scans.shards(local.project, scan.scan_id);
    const { shard = -1 } = shards.find(({ task }) => task.kind === 'manifests') ?? {};
    const manifests = { ...worker(), scan_id: scan.scan_id, shard };

    expect(await scanShard(local.world, manifests)).toBe('early');

    await deliverAll(local);
    expect(await local.world.scans.get(local.project, scan.scan_id)).toMatchObject({ status: 'completed' });
  });
});

describe('what no comparison of the two sides can see', () => {
  test('is found where a worker died in the middle of a range', async () => {
    await loseBoth();
    const { scan } = await plan();
    const { world } = mortalAt(local.world, 'scans.checkpoint', 'after');
    const range = { ...worker(), scan_id: scan.scan_id, shard: 0, pageRows: 7 };
    await expect(scanShard(world, range)).rejects.toThrow('died');
    local.world.clock.advance(120_000);
    await scanShard(local.world, { ...range, owner: randomUUID() });

    await deliverAll(local);

    const [{ progress } = { progress: {} }] = await local.world.scans.shards(local.project, scan.scan_id);
    expect(progress).not.toHaveProperty('tally');
    expect(await found()).toMatchObject({ type: 'missing_in_both' });
  });

  test('is found where another document of its group was written meanwhile', async () => {
    await loseBoth();
    await plan();
    await writeDocument(local.world, aWrite(local.project, 'another.md', ['written while it was scanned']));

    await deliverAll(local);

    expect(await found()).toMatchObject({ type: 'missing_in_both' });
    expect((await driftsOf(local)).size).toBe(1);
  });
});

describe('a chunk that was removed', () => {
  const RETURNED = { content: 'back again', content_hash: 'x', version: 1, chunk_index: 3 };
  beforeEach(async () => {
    await writeDocument(local.world, aWrite(local.project, PATH, local.texts.slice(0, 3)));
  });
  const point = (file_path: string) =>
    damageTo(local).upsertPoint(id(), { ...RETURNED, file_path }, Array(384).fill(0.05));

  test('and came back on one side, placed elsewhere, is still known as removed', async () => {
    await point('elsewhere.md');

    await scanThrough(local, 'content');

    expect(await found()).toMatchObject({ type: 'deleted_but_present', file_path: PATH });
  });

  test('and came back on both, as nobody of ours writes it, is found', async () => {
    await point(PATH);
    await damageTo(local).createNode({
      ...RETURNED,
      project: local.project,
      chunk_id: id(),
      file_path: PATH,
    });

    await scanThrough(local, 'content');

    expect(await found()).toMatchObject({ type: 'deleted_but_present', file_path: PATH });
  });
});

describe('a point of ours that lost all but its text', () => {
  test('is found, though nothing that it still says is wrong', async () => {
    const { content } = (await local.world.vectors.read(local.project, [id()])).get(id()) ?? {};
    await plainQdrant(local.qdrant).overwritePayload(`project-${local.project}`, {
      points: [id()],
      payload: { content, file_path: PATH },
      wait: true,
    });

    await scanThrough(local, 'content');

    expect(await found()).toMatchObject({
      type: expect.stringMatching(/metadata_mismatch|content_mismatch|stale_embedding/),
    });
  });

  test.each(['content', 'vectors'] as const)(
    'is found by %s where another has put it anew with all that we say of a chunk, but a vector of their own',
    async (depth) => {
      const { content, content_hash, chunk_index, start_line, end_line, version } =
        (await local.world.vectors.read(local.project, [id()])).get(id()) ?? {};
      const payload = { content, content_hash, file_path: PATH, chunk_index, start_line, end_line, version };
      await damageTo(local).upsertPoint(id(), payload, new Array(384).fill(0.1));

      await scanThrough(local, depth);

      expect(await found()).toMatchObject({ type: 'stale_embedding' });
    },
  );

  test('is found where it no longer says of what model its vector is', async () => {
    await plainQdrant(local.qdrant).deletePayload(`project-${local.project}`, {
      points: [id()],
      keys: ['embedding_model'],
      wait: true,
    });

    await scanThrough(local, 'vectors');

    expect(await found()).toMatchObject({ type: 'stale_embedding' });
  });
});

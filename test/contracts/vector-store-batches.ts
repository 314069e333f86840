import { expect, it } from 'vitest';
import { ALL_IDS, type Chunk } from '../../shared/domain/chunk.ts';
import { ABSENT, aChunk, aGuard, by, chunksOf, embeddingOf, put, remove } from './chunk-store-builders.ts';
import type { UnderVectors } from './vector-store-builders.ts';

const MANY = 1_000;

export const batchesContract = (under: UnderVectors) => {
  it(`of ${MANY} chunks take few requests`, async () => {
    const { store, project, usage } = under();
    const [first, second, third] = [aGuard(project), aGuard(project), aGuard(project)];
    const chunks = chunksOf(MANY);
    const counting = async (act: () => Promise<{ applied: string[] }>) => {
      usage.requests = 0;
      expect((await act()).applied).toHaveLength(MANY);
      return usage.requests;
    };

    const inserting = await counting(() =>
      store.apply(
        first,
        chunks.map((chunk) => put(chunk)),
      ),
    );
    const rewriting = await counting(() =>
      store.apply(
        second,
        chunks.map((chunk) => put(chunk, by(first.op_id))),
      ),
    );
    const removing = await counting(() =>
      store.apply(
        third,
        chunks.map(({ chunk_id }) => remove(chunk_id, by(second.op_id))),
      ),
    );

    expect([inserting, rewriting, removing]).toEqual([2, 4, 3]);
    expect(await store.count(project.project)).toBe(0);
  });

  it('too big for one request are cut, and each is small enough for the server', async () => {
    const { store, project, usage } = under();
    const chunks = chunksOf(12).map((chunk) =>
      aChunk({ ...chunk, content: `${chunk.chunk_id} ${'ä'.repeat(1_000_000)}` }),
    );
    usage.requests = 0;

    const { applied } = await store.apply(
      aGuard(project),
      chunks.map((chunk) => put(chunk)),
    );

    expect(applied).toHaveLength(12);
    expect(usage.requests).toBe(4 + 1);
  });

  it('that fail in part are unknown, and a look shows how far they came', async () => {
    const { store, project } = under();
    const [first, second] = [aGuard(project), aGuard(project, { version: 2 })];
    const [intact, broken] = chunksOf(2) as [Chunk, Chunk];
    await store.apply(first, [put(intact), put(broken)]);
    const changes = [
      put({ ...intact, version: 2 }, by(first.op_id)),
      { ...put(broken, by(first.op_id)), embedding: { ...embeddingOf(broken.content), vector: [1] } },
    ] as ReturnType<typeof put>[];

    await expect(store.apply(second, changes)).rejects.toMatchObject({
      name: 'UnavailableError',
      kind: 'partial',
    });

    const found = await store.read(project.project, [intact.chunk_id, broken.chunk_id]);
    for (const stored of found.values())
      expect(stored).toMatchObject({ write_id: second.op_id, embedded_hash: null });
    expect(await store.apply(second, changes.slice(0, 1))).toMatchObject({ applied: [intact.chunk_id] });
  });

  it('go on without a point that vanished behind our back', async () => {
    const { store, project, qdrant, collection } = under();
    const [first, second] = [aGuard(project), aGuard(project, { version: 2 })];
    const chunks = chunksOf(100);
    await store.apply(
      first,
      chunks.map((chunk) => put(chunk)),
    );
    const gone = chunks[50]?.chunk_id as string;
    await qdrant.delete(collection, { points: [gone], wait: true });

    const { applied, refused } = await store.apply(
      second,
      chunks.map((chunk) => put(chunk, by(first.op_id))),
    );

    expect(refused).toEqual([gone]);
    expect(applied).toHaveLength(99);
    const { chunks: stored } = await store.contents(project.project, ALL_IDS, undefined, 200);
    expect(stored.filter(({ embedded_hash, content_hash }) => embedded_hash === content_hash)).toHaveLength(
      99,
    );
  });

  it('over kept-alive connections wait for no delayed acknowledgement', async ({ annotate }) => {
    const { store, project } = under();
    await store.apply(
      aGuard(project),
      chunksOf(MANY).map((chunk) => put(chunk, ABSENT)),
    );
    const started = performance.now();

    for (let page = 0; page < 30; page++) await store.fingerprints(project.project, ALL_IDS, undefined, MANY);

    // Compressed answers would take 41 ms each, whatever the page; a busy machine may take as long, so no limit here.
    await annotate(`${((performance.now() - started) / 30).toFixed(1)} ms a page of ${MANY}`);
  });
};

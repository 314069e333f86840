import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import {
  ALL_IDS,
  bucketOf,
  type Chunk,
  type ChunkId,
  type IdRange,
  type StoredChunk,
} from '../../shared/domain/chunk.ts';
import type { ChunkStoreUnderTest, Under } from './chunk-store.ts';
import {
  aChunk,
  aGuard,
  asStored,
  chunksOf,
  embeddingOf,
  given,
  isSameDirection,
} from './chunk-store-builders.ts';

type Row = [ChunkId, string | null, number | null];

/** Every fingerprint of a range, page by page; checks each page on the way. */
const walk = async (
  { store, project }: ChunkStoreUnderTest,
  range: IdRange,
  limit: number,
): Promise<Row[]> => {
  const rows: Row[] = [];
  let after: ChunkId | undefined;
  for (let pages = 0; pages < 1000; pages++) {
    const page = await store.fingerprints(project.project, range, after, limit);
    expect(page.ids.length).toBeLessThanOrEqual(limit);
    expect(page.hashes).toHaveLength(page.ids.length);
    expect(page.versions).toHaveLength(page.ids.length);
    rows.push(...page.ids.map((id, i): Row => [id, page.hashes[i] ?? null, page.versions[i] ?? null]));
    if (page.next === undefined) return rows;
    expect(page.next).toBe(page.ids.at(-1));
    after = page.next;
  }
  throw new Error('the pages do not end');
};

const walkContents = async (
  { store, project }: ChunkStoreUnderTest,
  range: IdRange,
  limit: number,
  vectors = false,
) => {
  const chunks: StoredChunk[] = [];
  let after: ChunkId | undefined;
  for (let pages = 0; pages < 1000; pages++) {
    const page = await store.contents(project.project, range, after, limit, { vectors });
    expect(page.chunks.length).toBeLessThanOrEqual(limit);
    chunks.push(...page.chunks);
    if (page.next === undefined) return chunks;
    after = page.next;
  }
  throw new Error('the pages do not end');
};

export const pagesContract = (under: Under) => {
  for (const limit of [1, 3, 1000])
    it(`ascend and cover every chunk once, ${limit} at a time`, async () => {
      const { store, project } = under();
      const chunks = chunksOf(25);
      const guard = aGuard(project);
      await given(store, guard, chunks);

      const rows = await walk(under(), ALL_IDS, limit);
      const contents = await walkContents(under(), ALL_IDS, limit);

      expect(rows).toEqual(chunks.map(({ chunk_id, content_hash }) => [chunk_id, content_hash, 1]));
      expect(contents).toMatchObject(chunks.map((chunk) => asStored(chunk, guard)));
    });

  it('cover everything once wherever a range is cut', async () => {
    const { store, project } = under();
    const chunks = chunksOf(8);
    const ids = chunks.map(({ chunk_id }) => chunk_id);
    await given(store, aGuard(project), chunks);

    for (const cut of [...ids, randomUUID(), 'ffffffff-ffff-4fff-bfff-ffffffffffff']) {
      const below = (await walk(under(), { ...ALL_IDS, to: cut }, 3)).map(([id]) => id);
      const above = (await walk(under(), { from: cut }, 3)).map(([id]) => id);

      expect(below).toEqual(ids.filter((id) => id < cut));
      expect(above).toEqual(ids.filter((id) => id >= cut));
      const contents = await walkContents(under(), { from: cut }, 3);
      expect(contents.map(({ chunk_id }) => chunk_id)).toEqual(above);
    }
  });

  it('name the documents of chunks, of those that are there', async () => {
    const { store, project } = under();
    const [one, two, gone] = chunksOf(3) as [Chunk, Chunk, Chunk];
    await given(store, aGuard(project), [one, two]);

    const paths = await store.paths(
      project.project,
      [one, two, gone].map(({ chunk_id }) => chunk_id),
    );

    expect(paths).toEqual(new Map([one, two].map(({ chunk_id, file_path }) => [chunk_id, file_path])));
    expect(await store.paths(project.project, [])).toEqual(new Map());
  });

  it('go on after an id that is gone meanwhile', async () => {
    const { store, project } = under();
    const [a, b, c] = chunksOf(3).map(({ chunk_id }) => chunk_id) as [ChunkId, ChunkId, ChunkId];
    await given(store, aGuard(project), [aChunk({ chunk_id: a }), aChunk({ chunk_id: c, chunk_index: 2 })]);

    const page = await store.fingerprints(project.project, ALL_IDS, b, 10);

    expect(page.ids).toEqual([c]);
  });

  it('carry vectors only where they are asked for', async () => {
    const { store, project } = under();
    const chunk = aChunk();
    await given(store, aGuard(project), [chunk]);

    const [plain] = await walkContents(under(), ALL_IDS, 10);
    const [whole] = await walkContents(under(), ALL_IDS, 10, true);

    expect(plain).not.toHaveProperty('vector');
    if (store.side === 'vectors')
      expect(isSameDirection(whole?.vector, embeddingOf(chunk.content).vector)).toBe(true);
  });

  it('show nothing of another project', async () => {
    const { store, project } = under();
    const other = { ...project, project: `${project.project}-2`, identity: randomUUID() };
    await store.register(other);
    const [mine, theirs] = [aChunk(), aChunk()];
    await given(store, aGuard(project), [mine]);
    await given(store, aGuard(other), [theirs]);

    const ids = (await walk(under(), ALL_IDS, 10)).map(([id]) => id);
    await store.drop(other.project);

    expect(ids).toEqual([mine.chunk_id]);
    expect((await store.read(project.project, [theirs.chunk_id])).size).toBe(0);
    expect(await store.count(project.project)).toBe(1);
  });

  it('are counted exactly, in all and by bucket', async () => {
    const { store, project } = under();
    const chunks = chunksOf(40);
    await given(store, aGuard(project), chunks);
    const expected: number[] = Array(256).fill(0);
    for (const { chunk_id } of chunks) expected[bucketOf(chunk_id)] = (expected[bucketOf(chunk_id)] ?? 0) + 1;

    expect(await store.count(project.project)).toBe(40);
    expect(await store.countByBucket(project.project)).toEqual(expected);
  });

  it('are read by id, and ids that are not there are not in the answer', async () => {
    const { store, project } = under();
    const chunks = chunksOf(5);
    const stored = await given(store, aGuard(project), chunks);
    const wanted = [
      ...chunks.map(({ chunk_id }) => chunk_id),
      ...Array.from({ length: 1500 }, () => randomUUID()),
    ];

    const found = await store.read(project.project, wanted);

    expect([...found.keys()].sort()).toEqual(chunks.map(({ chunk_id }) => chunk_id));
    expect(chunks.map(({ chunk_id }) => found.get(chunk_id))).toMatchObject(stored);
    expect((await store.read(project.project, [])).size).toBe(0);
  });
};

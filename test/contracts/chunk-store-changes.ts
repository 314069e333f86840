import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { Chunk } from '../../shared/domain/chunk.ts';
import type { Under } from './chunk-store.ts';
import {
  ABSENT,
  aChunk,
  aGuard,
  asStored,
  by,
  chunksOf,
  embeddingOf,
  given,
  isSameDirection,
  place,
  put,
  readOne,
  remove,
} from './chunk-store-builders.ts';

export const changesContract = (under: Under) => {
  it('put what is absent', async () => {
    const { store, project } = under();
    const guard = aGuard(project);
    const chunks = chunksOf(3);

    const { applied, refused } = await store.apply(
      guard,
      chunks.map((chunk) => put(chunk)),
    );

    expect(applied.toSorted()).toEqual(chunks.map(({ chunk_id }) => chunk_id));
    expect(refused).toEqual([]);
    const found = await store.read(project.project, applied);
    expect(chunks.map(({ chunk_id }) => found.get(chunk_id))).toMatchObject(
      chunks.map((chunk) => asStored(chunk, guard)),
    );
  });

  it('put over what its judge saw, text and vector together', async () => {
    const { store, project } = under();
    const [first, second] = [aGuard(project), aGuard(project, { version: 2 })];
    const chunk = aChunk();
    const next = aChunk({ chunk_id: chunk.chunk_id, content: 'another text', chunk_index: 4, version: 2 });
    await given(store, first, [chunk]);

    expect(await store.apply(second, [put(next, by(first.op_id))])).toEqual({
      applied: [chunk.chunk_id],
      refused: [],
    });

    const stored = await readOne(store, project, chunk.chunk_id);
    expect(stored).toMatchObject(asStored(next, second));
    if (store.side === 'vectors') {
      expect(stored).toMatchObject({
        embedded_hash: next.content_hash,
        embedding_model: 'model-of-the-tests',
      });
      expect(isSameDirection(stored?.vector, embeddingOf('another text').vector)).toBe(true);
    }
  });

  it('place without touching text or vector', async () => {
    const { store, project } = under();
    const [first, second] = [aGuard(project), aGuard(project, { version: 2 })];
    const chunk = aChunk();
    await given(store, first, [chunk]);
    const before = await readOne(store, project, chunk.chunk_id);
    const moved = {
      ...chunk,
      chunk_index: 7,
      start_line: 70,
      end_line: 79,
      version: 2,
      content: 'not written',
    };

    expect(await store.apply(second, [place(moved, by(first.op_id))])).toEqual({
      applied: [chunk.chunk_id],
      refused: [],
    });

    const { content: _, ...placed } = asStored(moved, second);
    expect(await readOne(store, project, chunk.chunk_id)).toEqual({ ...before, ...placed });
  });

  it('remove what its judge saw', async () => {
    const { store, project } = under();
    const [first, second] = [aGuard(project), aGuard(project, { version: 2 })];
    const [kept, gone] = chunksOf(2) as [Chunk, Chunk];
    await given(store, first, [kept, gone]);

    expect(await store.apply(second, [remove(gone.chunk_id, by(first.op_id))])).toEqual({
      applied: [gone.chunk_id],
      refused: [],
    });

    expect(await readOne(store, project, gone.chunk_id)).toBeUndefined();
    expect(await readOne(store, project, kept.chunk_id)).toMatchObject(asStored(kept, first));
  });

  it('remove and put in one go', async () => {
    const { store, project } = under();
    const [first, second] = [aGuard(project), aGuard(project, { version: 2 })];
    const [old, next] = [aChunk(), aChunk({ version: 2 })];
    await given(store, first, [old]);

    const { applied } = await store.apply(second, [remove(old.chunk_id, by(first.op_id)), put(next)]);

    expect(applied.toSorted()).toEqual([old.chunk_id, next.chunk_id].sort());
    expect(await store.count(project.project)).toBe(1);
    expect(await readOne(store, project, next.chunk_id)).toMatchObject(asStored(next, second));
  });

  it('leave alone what is not as its judge saw it, and say so', async () => {
    const { store, project } = under();
    const [first, second] = [aGuard(project), aGuard(project, { version: 2 })];
    const chunks = chunksOf(4);
    const ids = chunks.map(({ chunk_id }) => chunk_id);
    await given(store, first, chunks);
    const before = await store.read(project.project, ids, { vectors: true });
    const [a, b, c, d] = chunks.map((chunk) => ({ ...chunk, chunk_index: 9, version: 2 })) as [
      Chunk,
      Chunk,
      Chunk,
      Chunk,
    ];
    const fresh = aChunk({ version: 2 });

    const { applied, refused } = await store.apply(second, [
      remove(d.chunk_id, by('someone else')),
      put({ ...a, content: 'other' }, ABSENT),
      put({ ...b, content: 'other' }, by(null)),
      place(c, by('someone else')),
      put(fresh, ABSENT),
    ]);

    expect(applied).toEqual([fresh.chunk_id]);
    expect(refused.toSorted()).toEqual(ids);
    expect(await store.read(project.project, ids, { vectors: true })).toEqual(before);
  });

  it('refuse to put or place over what is gone', async () => {
    const { store, project } = under();
    const [a, b] = [aChunk(), aChunk()];

    const { applied, refused } = await store.apply(aGuard(project), [
      put(a, by('seen')),
      place(b, by('seen')),
    ]);

    expect(applied).toEqual([]);
    expect(refused.toSorted()).toEqual([a.chunk_id, b.chunk_id].sort());
    expect(await store.count(project.project)).toBe(0);
  });

  it('count a removal of what is gone already as done', async () => {
    const { store, project } = under();
    const id = randomUUID();

    expect(await store.apply(aGuard(project), [remove(id, by('seen'))])).toEqual({
      applied: [id],
      refused: [],
    });
  });

  it('applied twice are as applied once', async () => {
    const { store, project } = under();
    const [first, second] = [aGuard(project), aGuard(project, { version: 2 })];
    const [text, lines, gone] = chunksOf(3) as [Chunk, Chunk, Chunk];
    const changes = [
      remove(gone.chunk_id, by(first.op_id)),
      put(aChunk({ chunk_id: text.chunk_id, version: 2 }), by(first.op_id)),
      place({ ...lines, start_line: 50, end_line: 51, version: 2 }, by(first.op_id)),
      put(aChunk({ chunk_index: 5, version: 2 })),
    ];
    await given(store, first, [text, lines, gone]);

    const once = await store.apply(second, changes);
    const all = { from: '00000000-0000-0000-0000-000000000000' };
    const afterOnce = await store.contents(project.project, all, undefined, 10, { vectors: true });
    const twice = await store.apply(second, changes);

    expect(once.refused).toEqual([]);
    expect(twice.refused).toEqual([]);
    expect(twice.applied.toSorted()).toEqual(once.applied.toSorted());
    expect(await store.contents(project.project, all, undefined, 10, { vectors: true })).toEqual(afterOnce);
  });

  it('remove a chunk whose last writer is as judged, though its path was altered behind our back', async () => {
    const { store, project } = under();
    const astray = aGuard(project, { file_path: 'docs/b.md' });
    const chunk = aChunk({ file_path: 'docs/b.md' });
    await given(store, astray, [chunk]);

    const { applied } = await store.apply(aGuard(project), [remove(chunk.chunk_id, by(astray.op_id))]);

    expect(applied).toEqual([chunk.chunk_id]);
    expect(await readOne(store, project, chunk.chunk_id)).toBeUndefined();
  });

  it('that are none do no harm', async () => {
    const { store, project } = under();

    expect(await store.apply(aGuard(project), [])).toEqual({ applied: [], refused: [] });
  });

  it('of an insertion are taken back where nobody has touched them since', async () => {
    const { store, project } = under();
    const [first, second] = [aGuard(project), aGuard(project, { version: 2 })];
    const [kept, gone, other] = [aChunk(), aChunk(), aChunk()];
    await given(store, first, [kept, gone, other]);
    const next = aChunk({ chunk_id: kept.chunk_id, version: 2 });
    await store.apply(second, [put(next, by(first.op_id))]);

    await store.removeInserted(first, [kept.chunk_id, gone.chunk_id, randomUUID()]);

    expect(await readOne(store, project, gone.chunk_id)).toBeUndefined();
    expect(await readOne(store, project, kept.chunk_id)).toMatchObject(asStored(next, second));
    expect(await readOne(store, project, other.chunk_id)).toMatchObject(asStored(other, first));
  });
};

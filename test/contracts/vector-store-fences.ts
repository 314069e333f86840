import { expect, it } from 'vitest';
import type { Chunk } from '../../shared/domain/chunk.ts';
import type { Guard } from '../../shared/ports.ts';
import {
  aChunk,
  aGuard,
  asStored,
  by,
  embeddingOf,
  given,
  isSameDirection,
  put,
  readOne,
  remove,
} from './chunk-store-builders.ts';
import { doSteps, stepsOf, type UnderVectors, type VectorStoreUnderTest } from './vector-store-builders.ts';

export const fencesContract = (under: UnderVectors) => {
  for (const steps of [1, 2])
    it(`show a death after step ${steps} of an update, and a second try completes it`, async () => {
      const { store, project, next, first, second } = await anUpdate(under());
      await doSteps(under(), stepsOf(under(), second, put(next, by(first.op_id))).slice(0, steps));

      const torn = await readOne(store, project, next.chunk_id);
      const again = await store.apply(second, [put(next, by(first.op_id))]);

      expect(torn).toMatchObject({ ...asStored(next, second), embedded_hash: null, embedding_model: null });
      expect(again).toEqual({ applied: [next.chunk_id], refused: [] });
      await expectWhole(under(), next, second);
    });

  it('count a put only with the provenance of its vector', async () => {
    const { cutShort, next, first, second } = await anUpdate(under());

    expect(await cutShort.apply(second, [put(next, by(first.op_id))])).toEqual({
      applied: [],
      refused: [next.chunk_id],
    });
  });

  it('let a restore sign a point that the operation never reached', async () => {
    const { store, project, next, first, second } = await anUpdate(under());
    const before = await readOne(store, project, next.chunk_id);
    const images = await store.images(project.project, [next.chunk_id]);
    const undo = aGuard(project, { version: 3 });

    expect(await store.restore(undo, images, second.op_id)).toEqual({
      applied: [next.chunk_id],
      refused: [],
    });

    const after = await readOne(store, project, next.chunk_id);
    expect(before?.write_id).toBe(first.op_id);
    expect(after).toEqual({ ...before, write_id: undo.op_id, version: 3 });
  });

  it('show a death in a restore, and a second try completes it', async () => {
    const { store, cutShort, project, next, first, second } = await anUpdate(under());
    const before = await readOne(store, project, next.chunk_id);
    const images = await store.images(project.project, [next.chunk_id]);
    const undo = aGuard(project, { version: 3 });
    await store.apply(second, [put(next, by(first.op_id))]);

    const cut = await cutShort.restore(undo, images, second.op_id);
    const torn = await readOne(store, project, next.chunk_id);
    await store.restore(undo, images, second.op_id);

    expect(cut).toEqual({ applied: [], refused: [next.chunk_id] });
    expect(torn).toMatchObject({ content: before?.content, write_id: undo.op_id, embedded_hash: null });
    expect(await readOne(store, project, next.chunk_id)).toEqual({
      ...before,
      write_id: undo.op_id,
      version: 3,
    });
  });

  it('count a removal as done where another document has the id now', async () => {
    const { store, project, next, first } = await anUpdate(under());
    const theirs = aGuard(project, { file_path: 'docs/b.md' });
    const taken = { ...next, file_path: 'docs/b.md' };
    await store.apply(theirs, [put(taken, by(first.op_id))]);

    expect(await store.apply(aGuard(project), [remove(next.chunk_id, by(first.op_id))])).toEqual({
      applied: [next.chunk_id],
      refused: [],
    });

    await expectWhole(under(), taken, theirs);
  });

  for (const steps of [0, 1, 2, 3])
    it(`hold a writer that is overtaken after step ${steps}`, async () => {
      const { store, project, next, first, second } = await anUpdate(under());
      const late = stepsOf(under(), second, put(next, by(first.op_id)));
      await doSteps(under(), late.slice(0, steps));
      const third = aGuard(project, { version: 3 });
      const last = aChunk({ chunk_id: next.chunk_id, version: 3 });
      const seen = await readOne(store, project, next.chunk_id);

      const taken = await store.apply(third, [put(last, by(seen?.write_id ?? null))]);
      await doSteps(under(), late.slice(steps));
      const fencedOut = await store.apply(second, [put(next, by(first.op_id))]);

      expect(taken.refused).toEqual([]);
      expect(fencedOut).toEqual({ applied: [], refused: [next.chunk_id] });
      await expectWhole(under(), last, third);
    });

  it('keep a late writer from a point that is gone', async () => {
    const { store, project, next, first, second } = await anUpdate(under());
    await store.apply(aGuard(project), [remove(next.chunk_id, by(first.op_id))]);

    expect(await store.apply(second, [put(next, by(first.op_id))])).toEqual({
      applied: [],
      refused: [next.chunk_id],
    });

    expect(await store.count(project.project)).toBe(0);
  });
};

/** A chunk put by a first operation, and the text that a second one means to put over it. */
const anUpdate = async ({ store, cutShort, project }: VectorStoreUnderTest) => {
  const [first, second] = [aGuard(project), aGuard(project, { version: 2 })];
  const chunk = aChunk();
  await given(store, first, [chunk]);
  const next = aChunk({ chunk_id: chunk.chunk_id, version: 2 });
  return { store, cutShort, project, next, first, second };
};

const expectWhole = async ({ store, project }: VectorStoreUnderTest, chunk: Chunk, guard: Guard) => {
  const stored = await readOne(store, project, chunk.chunk_id);
  expect(stored).toMatchObject({
    ...asStored(chunk, guard),
    embedded_hash: chunk.content_hash,
    embedding_model: 'model-of-the-tests',
  });
  expect(isSameDirection(stored?.vector, embeddingOf(chunk.content).vector)).toBe(true);
};

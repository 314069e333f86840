import { expect, it } from 'vitest';
import type { Chunk, StoredChunk } from '../../shared/domain/chunk.ts';
import type { Change, Guard } from '../../shared/ports.ts';
import {
  ABSENT,
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
import {
  doSteps,
  newId,
  signedEmbedding,
  stepsOf,
  type UnderVectors,
  type VectorStoreUnderTest,
  writerOf,
} from './vector-store-builders.ts';

const WRITERS = 8;
const ROUNDS = 200;

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

  it('let one of many insert, and the others change nothing', async () => {
    const { stepwise, project } = under();
    const id = newId();
    const attempts = Array.from({ length: WRITERS }, (_, writer) => aSigned(under(), id, writer, ABSENT));

    const outcomes = await Promise.all(attempts.map(({ guard, change }) => stepwise.apply(guard, [change])));

    const winners = attempts.filter((_, i) => outcomes[i]?.applied.length === 1);
    expect(winners).toHaveLength(1);
    expect(outcomes.filter(({ refused }) => refused.length === 1)).toHaveLength(WRITERS - 1);
    const stored = await readOne(stepwise, project, id);
    expect(stored?.write_id).toBe(winners[0]?.guard.op_id);
    expect(signatures(stored)).toEqual([winners[0]?.writer, winners[0]?.writer]);
  });

  it('never let one writer’s text stand with another’s vector', { timeout: 300_000 }, async () => {
    const { store, project } = under();
    const id = newId();
    const opening = aSigned(under(), id, 0, ABSENT);
    await store.apply(opening.guard, [opening.change]);

    for (let round = 0; round < ROUNDS; round++) {
      const seen = await readOne(store, project, id);
      const hasOvertaker = round % 4 === 0;
      const rivals = Array.from({ length: hasOvertaker ? WRITERS - 1 : WRITERS }, (_, writer) =>
        putOver(under(), id, writer, seen),
      );
      const outcomes = await Promise.all([...rivals, ...(hasOvertaker ? [overtake(under(), id)] : [])]);

      const applied = outcomes.filter((outcome) => outcome.applied);
      const after = await readOne(store, project, id);
      expect(applied.length).toBeGreaterThan(0);
      if (!hasOvertaker) expect(applied).toHaveLength(1);
      expect(applied.map(({ op_id }) => op_id)).toContain(after?.write_id);
      expect(signatures(after)).toEqual([writerOf(after?.vector), writerOf(after?.vector)]);
      expect(after?.embedded_hash).toBe(after?.content_hash);
    }
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

/** A put whose text and vector both say who made it. */
const aSigned = (
  { project }: VectorStoreUnderTest,
  chunk_id: string,
  writer: number,
  over: typeof ABSENT,
) => {
  const chunk = aChunk({ chunk_id, content: `${writer} ${newId()}` });
  const embedding = signedEmbedding(chunk.content, writer);
  const change: Change = { kind: 'put', chunk, embedding, keep_embedding: false, over };
  return { writer, change, guard: aGuard(project) };
};

const signatures = (stored: StoredChunk | undefined) => [
  Number.parseInt(stored?.content ?? '', 10),
  writerOf(stored?.vector),
];

const putOver = async (
  tested: VectorStoreUnderTest,
  id: string,
  writer: number,
  seen: StoredChunk | undefined,
) => {
  const { guard, change } = aSigned(tested, id, writer, by(seen?.write_id ?? null));
  const { applied } = await tested.stepwise.apply(guard, [change]);
  return { op_id: guard.op_id, applied: applied.length === 1 };
};

/** Looks while the others write, and puts over whatever it sees, finished or not. */
const overtake = async (tested: VectorStoreUnderTest, id: string) =>
  putOver(tested, id, WRITERS, await readOne(tested.stepwise, tested.project, id));

import { expect, it } from 'vitest';
import type { StoredChunk } from '../../shared/domain/chunk.ts';
import type { Change, Over } from '../../shared/ports.ts';
import { RACES } from '../support/effort.ts';
import { ABSENT, aChunk, aGuard, by, readOne } from './chunk-store-builders.ts';
import {
  newId,
  signedEmbedding,
  type UnderVectors,
  type VectorStoreUnderTest,
  writerOf,
} from './vector-store-builders.ts';

const WRITERS = 8;
const ROUNDS = Math.min(200, 2 * RACES);

export const racesContract = (under: UnderVectors) => {
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

/** A put whose text and vector both say who made it. */
const aSigned = ({ project }: VectorStoreUnderTest, chunk_id: string, writer: number, over: Over) => {
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

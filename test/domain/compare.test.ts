import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mergeJoin } from '../../shared/domain/compare.ts';

const END = { graph: true, vectors: true };
const START = { graphAt: 0, vectorsAt: 0 };
const ids = fc
  .uniqueArray(fc.integer({ min: 0, max: 60 }).map((n) => String(n).padStart(2, '0')))
  .map((a) => a.sort());

describe('merge-join of two ascending columns', () => {
  test('names every id that only one side holds, and every pair that is not alike', () => {
    fc.assert(
      fc.property(ids, ids, fc.func(fc.boolean()), (graph, vectors, alike) => {
        const step = mergeJoin(graph, vectors, START, END, (i) => alike(graph[i]));

        const expected = [...new Set([...graph, ...vectors])].sort().flatMap((chunk_id) => {
          const [onGraph, onVectors] = [graph.includes(chunk_id), vectors.includes(chunk_id)];
          if (onGraph && onVectors) return alike(chunk_id) ? [] : [{ chunk_id, on: 'both' }];
          return [{ chunk_id, on: onGraph ? 'graph' : 'vectors' }];
        });
        expect(step.suspects).toEqual(expected);
        expect(step.distinct).toBe(new Set([...graph, ...vectors]).size);
      }),
    );
  });

  test('stops where a side that has more pages runs out, and never says missing beyond it', () => {
    const step = mergeJoin(['a', 'b', 'f'], ['a', 'c'], START, { graph: true, vectors: false }, () => true);

    expect(step.suspects).toEqual([
      { chunk_id: 'b', on: 'graph' },
      { chunk_id: 'c', on: 'vectors' },
    ]);
    expect(step).toMatchObject({ graphAt: 2, vectorsAt: 2 });
  });
});

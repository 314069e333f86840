import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { depthThatSees, doSidesDiffer, mergeJoin } from '../../shared/domain/compare.ts';
import { agreement, isUsable } from '../../shared/domain/look.ts';
import {
  aLook,
  aNode,
  aPoint,
  DELETED,
  PRESENT,
  TEXT,
  UNKNOWN,
  written,
  writtenPoint,
} from './look-builders.ts';

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

describe('two copies that others wrote', () => {
  const theirs = { content_hash: null, version: null, write_id: null, embedded_hash: null };
  const held = fc.record({
    content: fc.constantFrom(TEXT, 'another', '', null, '\ud800'),
    file_path: fc.constantFrom('docs/a.md', 'b.md', '', null),
  });

  test('differ where either could not be used, whatever they have in common', () => {
    fc.assert(
      fc.property(held, held, (node, point) => {
        const [graph, vectors] = [aNode({ ...theirs, ...node }), aPoint({ ...theirs, ...point })];
        const areSound = isUsable(graph) && isUsable(vectors) && agreement(graph, vectors) === 'same';
        expect(doSidesDiffer({ graph, vectors })).toBe(!areSound);
      }),
    );
  });
});

describe('the depth whose every scan sees a difference', () => {
  const altered = { content: 'altered beside its hash' };
  test.each([
    ['an id on one side', 'fingerprints', aLook(PRESENT, aNode())],
    ['another hash', 'fingerprints', aLook(PRESENT, aNode(), aPoint(writtenPoint('another')))],
    ['another version', 'fingerprints', aLook(UNKNOWN, aNode({ version: 3 }), aPoint())],
    ['a text altered beside its hash', 'content', aLook(PRESENT, aNode(altered), aPoint())],
    ['a vector of another text', 'content', aLook(PRESENT, aNode(), aPoint({ embedded_hash: 'v1:x' }))],
    ['lost by both', 'content', aLook(PRESENT)],
    [
      'altered alike',
      'content',
      aLook(PRESENT, aNode(written('both')), aPoint({ ...writtenPoint('both'), version: 4 })),
    ],
    ['back on both after a deletion', 'content', aLook(DELETED, aNode(), aPoint())],
    ['a vector that only its numbers betray', 'vectors', aLook(PRESENT, aNode(), aPoint({ vector: [] }))],
    ['a vector found by embedding again', 'vectors', { ...aLook(PRESENT, aNode()), vector_disagrees: true }],
  ])('%s: %s', (_what, depth, look) => {
    expect(depthThatSees(look)).toBe(depth);
  });
});

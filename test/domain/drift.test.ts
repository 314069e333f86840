import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentHash, type StoredChunk } from '../../shared/domain/chunk.ts';
import { CAUSES, causeOf, DRIFT_TYPES, driftOf, missingOn } from '../../shared/domain/drift.ts';
import type { Intent } from '../../shared/domain/look.ts';
import {
  aLook,
  aNode,
  anyLook,
  anyRule,
  aPoint,
  DELETED,
  IN_FLIGHT,
  PRESENT,
  REMOVED,
  RULE,
  UNKNOWN,
  written,
  writtenPoint,
} from './look-builders.ts';

type Stored = StoredChunk | undefined;
const NONE = undefined;

describe('the kind of a difference', () => {
  it.each<[string, Intent, Stored, Stored, string | undefined]>([
    ['both as committed', PRESENT, aNode(), aPoint(), undefined],
    ['no node', PRESENT, NONE, aPoint(), 'missing_in_neo4j'],
    ['no node beside an altered point', PRESENT, NONE, aPoint(writtenPoint('x')), 'missing_in_neo4j'],
    ['no point', PRESENT, aNode(), NONE, 'missing_in_qdrant'],
    ['neither', PRESENT, NONE, NONE, 'missing_in_both'],
    ['an altered node', PRESENT, aNode(written('x')), aPoint(), 'content_mismatch'],
    ['an altered point', PRESENT, aNode(), aPoint(writtenPoint('x')), 'content_mismatch'],
    ['both altered alike', PRESENT, aNode(written('x')), aPoint(writtenPoint('x')), 'content_mismatch'],
    ['a text altered under its old hash', PRESENT, aNode({ content: 'x' }), aPoint(), 'content_mismatch'],
    ['a node without text', PRESENT, aNode({ content: null }), aPoint(), 'content_mismatch'],
    ['a moved node', PRESENT, aNode({ start_line: 1 }), aPoint(), 'metadata_mismatch'],
    ['a moved point', PRESENT, aNode(), aPoint({ file_path: null }), 'metadata_mismatch'],
    ['both of an old version', PRESENT, aNode({ version: 3 }), aPoint({ version: 3 }), 'metadata_mismatch'],
    ['a zero vector', PRESENT, aNode(), aPoint({ vector: [0, 0, 0] }), 'invalid_vector'],
    ['a short vector', PRESENT, aNode(), aPoint({ vector: [1] }), 'invalid_vector'],
    [
      'a vector of old text',
      PRESENT,
      aNode(),
      aPoint({ embedded_hash: contentHash('x') }),
      'stale_embedding',
    ],
    [
      'a vector of another model',
      PRESENT,
      aNode(),
      aPoint({ embedding_model: 'model-b' }),
      'stale_embedding',
    ],
    ['a deleted document, gone', DELETED, NONE, NONE, undefined],
    ['a deleted document, still a node', DELETED, aNode(), NONE, 'deleted_but_present'],
    [
      'a removed chunk, still a mangled point',
      REMOVED,
      NONE,
      aPoint({ content: null }),
      'deleted_but_present',
    ],
    ['being written', IN_FLIGHT, aNode(), NONE, undefined],
    ['unknown and nowhere', UNKNOWN, NONE, NONE, undefined],
    ['unknown and alike', UNKNOWN, aNode(), aPoint(), undefined],
    ['unknown, a node only', UNKNOWN, aNode(), NONE, 'missing_in_qdrant'],
    ['unknown, a point only', UNKNOWN, NONE, aPoint(), 'missing_in_neo4j'],
    ['unknown, two texts', UNKNOWN, aNode(written('x')), aPoint(), 'content_mismatch'],
    ['unknown, two places', UNKNOWN, aNode({ chunk_index: 0 }), aPoint(), 'metadata_mismatch'],
    ['unknown, a false hash', UNKNOWN, aNode({ content_hash: 'v1:0' }), aPoint(), 'metadata_mismatch'],
    ['unknown, no usable node', UNKNOWN, aNode({ file_path: null }), aPoint(), 'malformed'],
    ['unknown, an empty point', UNKNOWN, NONE, aPoint({ content: '' }), 'malformed'],
    ['unknown, a zero vector', UNKNOWN, aNode(), aPoint({ vector: [0, 0, 0] }), 'invalid_vector'],
  ])('%s', (_, intent, graph, vectors, type) => {
    expect(driftOf(aLook(intent, graph, vectors), RULE)).toBe(type);
  });

  it('of vectors is not looked for without a rule, but for the text they were made from', () => {
    expect(
      driftOf(aLook(PRESENT, aNode(), aPoint({ vector: [0, 0, 0], embedding_model: 'b' }))),
    ).toBeUndefined();
    expect(driftOf(aLook(PRESENT, aNode(), aPoint({ embedded_hash: 'v1:0' })))).toBe('stale_embedding');
  });

  it('is one of the list, whatever the stores hold', () => {
    fc.assert(
      fc.property(anyLook, anyRule, (look, rule) => {
        expect([undefined, ...DRIFT_TYPES]).toContain(driftOf(look, rule));
        expect(CAUSES).toContain(causeOf(look));
      }),
      { numRuns: 2000 },
    );
  });

  it('that is missing has the name of the side', () => {
    expect([missingOn('graph'), missingOn('vectors')]).toEqual(['missing_in_neo4j', 'missing_in_qdrant']);
  });
});

describe('the cause of a difference', () => {
  const old = { ...written('an older text'), version: 3 };

  it.each<[string, Intent, Stored, Stored, string]>([
    ['a copy that is gone', PRESENT, NONE, aPoint(), 'ghost_delete'],
    ['both copies gone', PRESENT, NONE, NONE, 'ghost_delete'],
    ['a text changed in place', PRESENT, aNode({ content: 'x' }), aPoint(), 'altered'],
    ['a text changed with its hash', PRESENT, aNode(), aPoint(writtenPoint('x')), 'altered'],
    ['an old version, true to its hash', PRESENT, aNode(old), aPoint(), 'rolled_back'],
    ['an old point, true to its hash', PRESENT, aNode(), aPoint(old), 'rolled_back'],
    ['an old version, not true to its hash', PRESENT, aNode({ ...old, content: 'x' }), aPoint(), 'altered'],
    ['a newer version than was ever committed', PRESENT, aNode({ ...old, version: 9 }), aPoint(), 'altered'],
    [
      'a changed point beside a node of an old version',
      PRESENT,
      aNode({ version: 3 }),
      aPoint({ content: 'x' }),
      'altered',
    ],
    [
      'an old point beside a node on other lines',
      PRESENT,
      aNode({ start_line: 1 }),
      aPoint(old),
      'rolled_back',
    ],
    ['a zero vector', PRESENT, aNode(), aPoint({ vector: [0, 0, 0] }), 'altered'],
    ['a deleted document', DELETED, aNode(), aPoint(), 'deleted_document'],
    ['a removed chunk', REMOVED, NONE, aPoint(), 'lost_write'],
    ['a chunk that nobody knows', UNKNOWN, NONE, NONE, 'unknown'],
    ['a chunk that others wrote', UNKNOWN, aNode({ write_id: null }), NONE, 'foreign'],
    ['a chunk that a write of ours left', UNKNOWN, NONE, aPoint(), 'lost_write'],
    ['half ours, half not', UNKNOWN, aNode({ write_id: null }), aPoint(), 'lost_write'],
    ['a write under way', IN_FLIGHT, aNode(), NONE, 'unknown'],
  ])('%s', (_, intent, graph, vectors, cause) => {
    expect(causeOf(aLook(intent, graph, vectors))).toBe(cause);
  });
});

import { describe, expect, it } from 'vitest';
import { contentHash, type StoredChunk } from '../../shared/domain/chunk.ts';
import { type Intent, vectorFault } from '../../shared/domain/look.ts';
import { aLook, aNode, aPoint, PRESENT, RULE, UNKNOWN } from './look-builders.ts';

describe('the fault of a vector', () => {
  const withoutVector = (({ vector: _, ...point }) => point)(aPoint());
  const foreign = { embedded_hash: null, embedding_model: null };

  it.each<[string, Intent, StoredChunk | undefined, typeof RULE | undefined, string | undefined]>([
    ['no point', PRESENT, undefined, RULE, undefined],
    ['a vector of this text and model', PRESENT, aPoint(), RULE, undefined],
    ['a vector that the caller brought', PRESENT, aPoint({ embedding_model: 'caller' }), RULE, undefined],
    ['a vector of another text', PRESENT, aPoint({ embedded_hash: contentHash('x') }), RULE, 'other_text'],
    [
      'a vector of another text, with no rule',
      PRESENT,
      aPoint({ embedded_hash: contentHash('x') }),
      undefined,
      'other_text',
    ],
    ['a text changed under its vector', PRESENT, aPoint({ content: 'new' }), RULE, 'other_text'],
    ['a vector without provenance', PRESENT, aPoint({ embedded_hash: null }), RULE, 'other_text'],
    [
      'neither text nor provenance',
      PRESENT,
      aPoint({ content: null, embedded_hash: null }),
      undefined,
      undefined,
    ],
    ['a vector of another model', PRESENT, aPoint({ embedding_model: 'model-b' }), RULE, 'other_model'],
    ['a vector of no model', PRESENT, aPoint({ embedding_model: null }), RULE, 'other_model'],
    ['another model, with no rule', PRESENT, aPoint({ embedding_model: 'model-b' }), undefined, undefined],
    ['no vector', PRESENT, withoutVector, RULE, 'missing'],
    ['an empty vector', PRESENT, aPoint({ vector: [] }), RULE, 'missing'],
    ['no vector, where none were read', PRESENT, withoutVector, undefined, undefined],
    ['a short vector', PRESENT, aPoint({ vector: [1, 2] }), RULE, 'dimension'],
    ['a number that is none', PRESENT, aPoint({ vector: [1, Number.NaN, 2] }), RULE, 'not_finite'],
    ['an infinite number', PRESENT, aPoint({ vector: [1, Number.POSITIVE_INFINITY, 2] }), RULE, 'not_finite'],
    ['zeros', PRESENT, aPoint({ vector: [0, -0, 0] }), RULE, 'zero'],
    ['a foreign vector', UNKNOWN, aPoint(foreign), RULE, undefined],
    ['a foreign vector of zeros', UNKNOWN, aPoint({ ...foreign, vector: [0, 0, 0] }), RULE, 'zero'],
    [
      'a foreign vector with our provenance, of other text',
      UNKNOWN,
      aPoint({ content: 'x' }),
      RULE,
      'other_text',
    ],
  ])('%s', (_, intent, point, rule, fault) => {
    expect(vectorFault(aLook(intent, aNode(), point), rule)).toBe(fault);
  });

  it('is that of another text where a sample found the vector elsewhere', () => {
    const look = { ...aLook(PRESENT, aNode(), aPoint()), vector_disagrees: true };

    expect(vectorFault(look, undefined)).toBe('other_text');
  });
});

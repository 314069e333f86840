import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contentHash, type StoredChunk } from '../../shared/domain/chunk.ts';
import { EMPTY_MANIFEST } from '../../shared/domain/document.ts';
import { cosine, planWrite, targetManifest } from '../../shared/domain/write-plan.ts';
import { targetsOf } from '../support/documents.ts';

const MODEL = 'a-model';
const targets = (texts: string[]) => targetsOf('p', 'a.md', texts);

/** Both sides as a completed write of these texts leaves them. */
const standing = (texts: string[], version = 1) => {
  const manifest = targetManifest(targets(texts), EMPTY_MANIFEST, version);
  const stored = targets(texts).map(
    ({ chunk }): StoredChunk => ({
      ...chunk,
      version,
      write_id: 'w1',
      embedding_model: MODEL,
      embedded_hash: chunk.content_hash,
      vector: [1, 0],
    }),
  );
  const side = () => new Map(stored.map((chunk) => [chunk.chunk_id, { ...chunk }]));
  return { manifest, before: { graph: side(), vectors: side() } };
};

describe('the plan of a write', () => {
  test('leaves alone what is right on both sides', () => {
    const { manifest, before } = standing(['a', 'b']);

    const plan = planWrite(targets(['a', 'b']), manifest, before, MODEL, 5);

    expect(plan.isNewVersion).toBe(false);
    expect(plan.manifest).toBe(manifest);
    expect(plan.chunks.every(({ sides }) => sides.graph === 'none' && sides.vectors === 'none')).toBe(true);
  });

  test('gives only changed chunks the new version', () => {
    const { manifest, before } = standing(['a', 'b', 'c']);

    const plan = planWrite(targets(['a', 'B']), manifest, before, MODEL, 5);

    expect(plan.manifest.chunks.map(({ version }) => version)).toEqual([1, 5]);
    expect(plan.removed.map(({ content_hash }) => content_hash)).toEqual([contentHash('c')]);
    expect(plan.manifest.removed).toEqual(plan.removed.map(({ chunk_id }) => chunk_id));
  });

  test('remembers every id that was ever removed, until it is written again', () => {
    const { manifest } = standing(['a', 'b', 'c']);
    const shorter = targetManifest(targets(['a']), manifest, 2);

    expect(shorter.removed).toHaveLength(2);
    expect(targetManifest(targets(['a', 'b']), shorter, 3).removed).toHaveLength(1);
  });

  test.each([
    ['was made from another text', { embedded_hash: contentHash('x') }],
    ['is of another model', { embedding_model: 'other' }],
    ['is zero', { vector: [0, 0] }],
  ])('writes a point again whose vector %s, and leaves its node', (_what, wrong) => {
    const { manifest, before } = standing(['a']);
    const [id, point] = [...before.vectors][0] ?? [];
    if (id && point) before.vectors.set(id, { ...point, ...wrong });

    const [planned] = planWrite(targets(['a']), manifest, before, MODEL, 5).chunks;

    expect(planned?.sides).toEqual({ graph: 'none', vectors: 'put' });
  });

  test('is total: what it writes makes both sides what the caller wants', () => {
    const texts = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(texts, texts, (old, wanted) => {
        const { manifest, before } = standing(old);
        const plan = planWrite(targets(wanted), manifest, before, MODEL, 5);
        const untouched = plan.chunks.filter(({ sides }) => sides.graph === 'none');
        for (const { chunk } of untouched) expect(before.graph.get(chunk.chunk_id)).toMatchObject(chunk);
        expect(plan.chunks.length + plan.removed.length).toBe(Math.max(old.length, wanted.length));
      }),
    );
  });
});

test('cosine is 1 for one direction, 0 for a zero vector or another length', () => {
  expect(cosine([1, 2], [2, 4])).toBeCloseTo(1);
  expect(cosine([0, 0], [1, 0])).toBe(0);
  expect(cosine([1], [1, 0])).toBe(0);
});

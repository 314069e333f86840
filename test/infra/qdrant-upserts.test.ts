import { describe, expect, it } from 'vitest';
import {
  A,
  ABSENT,
  B,
  C,
  client,
  createDocs,
  matching,
  payloadOf,
  ROOT_HALF,
  refusalOf,
  vectorOf,
  withStandIn,
  withThreePoints,
} from './qdrant-stand-in.ts';

withStandIn();

describe('vectors', () => {
  it('are normalised, and answered as the shortest decimals of their float32', async () => {
    await createDocs();
    await client.upsert('docs', {
      points: [
        { id: 1, vector: [3, 4] },
        { id: 2, vector: [5, 5] },
      ],
    });
    expect(await vectorOf(1)).toEqual([0.6, 0.8]);
    expect(await vectorOf(2)).toEqual([ROOT_HALF, ROOT_HALF]);
  });

  it('of no length stay zero', async () => {
    await createDocs();
    await client.upsert('docs', { points: [{ id: 1, vector: [0, 0] }] });
    expect(await vectorOf(1)).toEqual([0, 0]);
  });

  it('of a wrong dimension refuse the whole upsert', async () => {
    await createDocs();
    const points = [
      { id: 1, vector: [1, 0] },
      { id: 2, vector: [1, 0, 0] },
    ];
    expect(await refusalOf(client.upsert('docs', { points }))).toEqual([
      400,
      'Wrong input: Vector dimension error: expected dim: 2, got 3',
    ]);
    expect(await client.count('docs')).toEqual({ count: 0 });
  });

  it('have names where the collection gives them some', async () => {
    await client.createCollection('docs', {
      vectors: { text: { size: 2, distance: 'Cosine' }, code: { size: 1, distance: 'Dot' } },
    });
    await client.upsert('docs', { points: [{ id: 1, vector: { text: [3, 4], code: [7] } }] });
    expect(await vectorOf(1)).toEqual({ text: [0.6, 0.8], code: [7] });
    expect(await client.retrieve('docs', { ids: [1], with_payload: false, with_vector: ['code'] })).toEqual([
      { id: 1, vector: { code: [7] } },
    ]);
    expect(await refusalOf(client.upsert('docs', { points: [{ id: 2, vector: { other: [1] } }] }))).toEqual([
      400,
      'Wrong input: Not existing vector name error: other',
    ]);
  });

  it('that an upsert does not send are gone, those that an update does not send stay', async () => {
    await client.createCollection('docs', {
      vectors: { text: { size: 1, distance: 'Dot' }, code: { size: 1, distance: 'Dot' } },
    });
    await client.upsert('docs', { points: [{ id: 1, vector: { text: [1], code: [2] } }] });
    await client.updateVectors('docs', { points: [{ id: 1, vector: { code: [3] } }] });
    expect(await vectorOf(1)).toEqual({ text: [1], code: [3] });
    await client.upsert('docs', { points: [{ id: 1, vector: { text: [4] } }] });
    expect(await vectorOf(1)).toEqual({ text: [4] });
  });

  it('are deleted by name', async () => {
    await withThreePoints();
    await client.deleteVectors('docs', { points: [A], vector: [''] });
    await client.deleteVectors('docs', { filter: matching('path', 'b.md'), vector: [''] });
    expect([await vectorOf(A), await vectorOf(B), await vectorOf(C)]).toEqual([{}, {}, [0, 1]]);
  });
});

describe('upsert', () => {
  it('replaces the whole point', async () => {
    await withThreePoints();
    await client.upsert('docs', { points: [{ id: A, vector: [0, 1], payload: { kept: null } }] });
    expect(await payloadOf(A)).toEqual({ kept: null });
    expect(await vectorOf(A)).toEqual([0, 1]);
  });

  it('answers with an operation id that grows', async () => {
    await createDocs();
    const points = [{ id: 1, vector: [1, 0] }];
    const first = await client.upsert('docs', { points });
    const second = await client.upsert('docs', { points });
    expect(first).toEqual({ operation_id: expect.any(Number), status: 'completed' });
    expect(second.operation_id).toBeGreaterThan(first.operation_id ?? Number.POSITIVE_INFINITY);
    expect(await client.upsert('docs', { points, wait: false })).toMatchObject({ status: 'acknowledged' });
  });

  it('with insert_only leaves a point that exists alone, and says completed', async () => {
    await withThreePoints();
    const points = [A, ABSENT].map((id) => ({ id, vector: [1, 1], payload: { new: true } }));
    const answer = await client.upsert('docs', { points, update_mode: 'insert_only' });
    expect(answer).toMatchObject({ status: 'completed' });
    expect(await payloadOf(A)).toMatchObject({ version: 1 });
    expect(await payloadOf(ABSENT)).toEqual({ new: true });
  });

  it('with update_only and a filter changes only what exists and matches', async () => {
    await withThreePoints();
    const points = [A, B, ABSENT].map((id) => ({ id, vector: [1, 1], payload: { new: true } }));
    await client.upsert('docs', {
      points,
      update_mode: 'update_only',
      update_filter: matching('version', 2),
    });
    expect(await payloadOf(A)).toMatchObject({ version: 1 });
    expect(await payloadOf(B)).toEqual({ new: true });
    expect(await payloadOf(ABSENT)).toBe('no such point');
  });

  it('with a filter alone inserts what is missing and changes what matches', async () => {
    await withThreePoints();
    const points = [A, B, ABSENT].map((id) => ({ id, vector: [1, 1], payload: { new: true } }));
    await client.upsert('docs', { points, update_filter: matching('version', 2) });
    expect(await payloadOf(A)).toMatchObject({ version: 1 });
    expect(await payloadOf(B)).toEqual({ new: true });
    expect(await payloadOf(ABSENT)).toEqual({ new: true });
  });
});

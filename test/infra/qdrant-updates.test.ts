import { describe, expect, it } from 'vitest';
import {
  A,
  ABSENT,
  B,
  C,
  client,
  createDocs,
  idsOf,
  matching,
  payloadOf,
  refusalOf,
  vectorOf,
  withStandIn,
  withThreePoints,
} from './qdrant-stand-in.ts';

withStandIn();

describe('payloads', () => {
  const payloadA = { version: 1, path: 'a.md', tags: ['x'], at: { line: 1 } };

  it('are merged by setting, and a null removes its key', async () => {
    await withThreePoints();
    await client.setPayload('docs', { points: [A], payload: { version: 9, tags: null } });
    expect(await payloadOf(A)).toEqual({ version: 9, path: 'a.md', at: { line: 1 } });
  });

  it('are set where a filter holds, and nothing happens where it does not', async () => {
    await withThreePoints();
    const filter = { must: [{ has_id: [A] }, { key: 'version', match: { value: 2 } }] };
    expect(await client.setPayload('docs', { filter, payload: { version: 9 } })).toMatchObject({
      status: 'completed',
    });
    expect(await payloadOf(A)).toEqual(payloadA);
    await client.setPayload('docs', { filter: matching('version', 1), payload: { version: 9 } });
    expect(await payloadOf(A)).toEqual({ ...payloadA, version: 9 });
  });

  it('of a missing point are 404, and the others of the list are set', async () => {
    await withThreePoints();
    const points = [ABSENT, A];
    expect(await refusalOf(client.setPayload('docs', { points, payload: { version: 9 } }))).toEqual([
      404,
      `Not found: No point with id ${ABSENT} found`,
    ]);
    expect(await payloadOf(A)).toMatchObject({ version: 9 });
  });

  it('are overwritten whole', async () => {
    await withThreePoints();
    await client.overwritePayload('docs', { points: [A], payload: { only: null } });
    expect(await payloadOf(A)).toEqual({ only: null });
  });

  it('lose the keys deleted, nested ones too', async () => {
    await withThreePoints();
    await client.deletePayload('docs', { points: [A], keys: ['tags', 'at.line', 'none'] });
    expect(await payloadOf(A)).toEqual({ version: 1, path: 'a.md', at: {} });
  });
});

describe('update_vectors', () => {
  it('of a missing point is 404, and the others are changed', async () => {
    await withThreePoints();
    const points = [ABSENT, A].map((id) => ({ id, vector: [0, 5] }));
    expect((await refusalOf(client.updateVectors('docs', { points })))[0]).toBe(404);
    expect(await vectorOf(A)).toEqual([0, 1]);
  });

  it('of a missing point reaches no further than its batch of 32', async () => {
    await createDocs();
    const ids = Array.from({ length: 40 }, (_, id) => id);
    await client.upsert('docs', { points: ids.map((id) => ({ id, vector: [1, 0] })) });
    const points = [ABSENT, ...ids].map((id) => ({ id, vector: [0, 1] }));
    expect((await refusalOf(client.updateVectors('docs', { points })))[0]).toBe(404);
    expect([await vectorOf(30), await vectorOf(31)]).toEqual([
      [0, 1],
      [1, 0],
    ]);
  });

  it('that does not wait says acknowledged of a missing point', async () => {
    await withThreePoints();
    const points = [{ id: ABSENT, vector: [0, 5] }];
    expect(await client.updateVectors('docs', { points, wait: false })).toMatchObject({
      status: 'acknowledged',
    });
  });

  it('loses its filter in the real client, and keeps it in a batch', async () => {
    await withThreePoints();
    const points = [A, B].map((id) => ({ id, vector: [0, 5] }));
    const update_vectors = { points, update_filter: matching('version', 2) };
    await client.batchUpdate('docs', { operations: [{ update_vectors }] });
    expect([await vectorOf(A), await vectorOf(B)]).toEqual([
      [1, 0],
      [0, 1],
    ]);
    await client.updateVectors('docs', update_vectors);
    expect(await vectorOf(A)).toEqual([0, 1]);
  });
});

describe('delete', () => {
  it('removes points by id, and does not mind missing ones', async () => {
    await withThreePoints();
    expect(await client.delete('docs', { points: [A, ABSENT], wait: true })).toMatchObject({
      status: 'completed',
    });
    expect(await idsOf()).toEqual([B, C]);
  });

  it('removes points by filter, and says completed where it does not match', async () => {
    await withThreePoints();
    const unless = { must: [{ has_id: [A] }, { key: 'version', match: { value: 2 } }] };
    expect(await client.delete('docs', { filter: unless, wait: true })).toMatchObject({
      status: 'completed',
    });
    expect(await idsOf()).toEqual([A, B, C]);
    await client.delete('docs', { filter: { must: [{ key: 'version', range: { gte: 2 } }] }, wait: true });
    expect(await idsOf()).toEqual([A]);
  });
});

describe('a batch', () => {
  it('runs every operation in order', async () => {
    await withThreePoints();
    const results = await client.batchUpdate('docs', {
      operations: [
        { upsert: { points: [{ id: 1, vector: [1, 0], payload: { a: 1, b: 1 } }] } },
        { set_payload: { points: [1], payload: { c: 1 } } },
        { delete_payload: { points: [1], keys: ['a'] } },
        { update_vectors: { points: [{ id: 1, vector: [0, 1] }] } },
        { overwrite_payload: { points: [A], payload: { over: 1 } } },
        { delete_vectors: { points: [A], vector: [''] } },
        { delete: { points: [B] } },
      ],
    });
    expect(results.map(({ status }) => status)).toEqual(Array(7).fill('completed'));
    expect([await payloadOf(1), await vectorOf(1)]).toEqual([{ b: 1, c: 1 }, [0, 1]]);
    expect([await payloadOf(A), await vectorOf(A)]).toEqual([{ over: 1 }, {}]);
    expect(await idsOf()).toEqual([1, A, C]);
  });

  it('keeps what came before an operation that fails, and does not try what comes after', async () => {
    await withThreePoints();
    const batch = client.batchUpdate('docs', {
      operations: [
        { set_payload: { points: [A], payload: { version: 10 } } },
        { update_vectors: { points: [{ id: ABSENT, vector: [0, 1] }] } },
        { set_payload: { points: [A], payload: { version: 11 } } },
      ],
    });
    expect(await refusalOf(batch)).toEqual([404, `Not found: No point with id ${ABSENT} found`]);
    expect(await payloadOf(A)).toMatchObject({ version: 10 });
  });

  it('with an operation that is not imitated is refused before anything is done', async () => {
    await withThreePoints();
    const operations = [{ delete: { points: [A] } }, { clear_payload: { points: [B] } }];
    expect(await refusalOf(client.batchUpdate('docs', { operations }))).toEqual([
      501,
      expect.stringContaining('clear_payload'),
    ]);
    expect(await idsOf()).toEqual([A, B, C]);
  });
});

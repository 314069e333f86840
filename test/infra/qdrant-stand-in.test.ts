import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QdrantClient } from '@qdrant/js-client-rest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LocalQdrant, startQdrant } from '../../infra/local/qdrant.ts';

const A = '0a000000-0000-4000-8000-000000000001';
const B = '0b000000-0000-4000-8000-000000000002';
const C = 'c0000000-0000-4000-8000-000000000003';
const ABSENT = 'ffffffff-ffff-4fff-8fff-ffffffffffff';
const ROOT_HALF = 0.70710677;

const clientAt = (port: number) =>
  new QdrantClient({
    url: 'http://127.0.0.1',
    port,
    checkCompatibility: false,
    headers: { 'accept-encoding': 'identity' },
  });

let server: LocalQdrant;
let client: QdrantClient;

beforeEach(async () => {
  server = await startQdrant();
  client = clientAt(server.port);
});

afterEach(() => server.close());

const createDocs = () => client.createCollection('docs', { vectors: { size: 2, distance: 'Cosine' } });

const withThreePoints = async () => {
  await createDocs();
  await client.upsert('docs', {
    points: [
      { id: C, vector: [0, 2], payload: { version: 3, path: 'c.md', tags: ['x', 'y'], at: { line: 7 } } },
      { id: A, vector: [2, 0], payload: { version: 1, path: 'a.md', tags: ['x'], at: { line: 1 } } },
      { id: B, vector: [1, 1], payload: { version: 2, path: 'b.md', tags: [], at: null } },
    ],
  });
};

const idsOf = async (filter?: Parameters<QdrantClient['scroll']>[1]) =>
  (await client.scroll('docs', { ...filter, limit: 100, with_payload: false })).points.map(({ id }) => id);

const payloadOf = async (id: string | number) =>
  (await client.retrieve('docs', { ids: [id] }))[0]?.payload ?? 'no such point';

const vectorOf = async (id: string | number) =>
  (await client.retrieve('docs', { ids: [id], with_vector: true }))[0]?.vector;

/** The status and the message that the real client throws, which keeps them in `status` and `data`. */
const refusalOf = async (call: Promise<unknown>): Promise<[status: number, message: string]> => {
  const error = await call.then(
    () => expect.fail('it is accepted'),
    (thrown: { status: number; data: { status: { error: string } } }) => thrown,
  );
  return [error.status, error.data.status.error];
};

const raw = async (method: string, path: string, body?: string): Promise<[number, string]> => {
  const response = await fetch(server.url + path, { method, ...(body !== undefined && { body }) });
  return [response.status, await response.text()];
};

const matching = (key: string, value: string | number) => ({ must: [{ key, match: { value } }] });

describe('the server', () => {
  it('says that it is version 1.18.0', async () => {
    expect(await client.versionInfo()).toMatchObject({ version: '1.18.0' });
  });

  it('is healthy', async () => {
    expect(await raw('GET', '/healthz')).toEqual([200, 'healthz check passed']);
  });

  it('answers 501 with method and path to a route it does not speak', async () => {
    expect(await refusalOf(client.getAliases())).toEqual([501, expect.stringContaining('GET /aliases')]);
    expect(await raw('DELETE', '/collections/docs/index/path')).toEqual([
      501,
      expect.stringContaining('DELETE /collections/docs/index/path'),
    ]);
  });

  it('answers 400 to a body that is not JSON', async () => {
    await createDocs();
    const [status, text] = await raw('POST', '/collections/docs/points/scroll', '{"limit": ');
    expect([status, text]).toEqual([400, expect.stringContaining('Format error in JSON body')]);
  });

  it('answers 413 to a body over 32 MB', async () => {
    await createDocs();
    const [status] = await raw('PUT', '/collections/docs/points', ' '.repeat(32 * 1024 * 1024 + 1));
    expect(status).toBe(413);
  });

  it('answers uncompressed, with a length and a time', async () => {
    const response = await fetch(`${server.url}/collections`, { headers: { 'accept-encoding': 'gzip' } });
    expect(response.headers.get('content-encoding')).toBeNull();
    expect(Number(response.headers.get('content-length'))).toBeGreaterThan(0);
    expect(await response.json()).toEqual({
      result: { collections: [] },
      status: 'ok',
      time: expect.any(Number),
    });
  });
});

describe('a collection', () => {
  it('exists from its creation to its deletion', async () => {
    expect(await client.collectionExists('docs')).toEqual({ exists: false });
    expect(await createDocs()).toBe(true);
    expect(await client.collectionExists('docs')).toEqual({ exists: true });
    expect(await client.getCollections()).toEqual({ collections: [{ name: 'docs' }] });
    expect(await client.deleteCollection('docs')).toBe(true);
    expect(await client.deleteCollection('docs')).toBe(false);
    expect(await client.collectionExists('docs')).toEqual({ exists: false });
  });

  it('is created once', async () => {
    await createDocs();
    expect(await refusalOf(createDocs())).toEqual([409, 'Wrong input: Collection `docs` already exists!']);
  });

  it('that is missing is 404 to everything asked of it', async () => {
    const missing = [404, "Not found: Collection `none` doesn't exist!"];
    expect(await refusalOf(client.getCollection('none'))).toEqual(missing);
    expect(await refusalOf(client.scroll('none'))).toEqual(missing);
    expect(await refusalOf(client.upsert('none', { points: [] }))).toEqual(missing);
    expect(await refusalOf(client.updateCollection('none', { metadata: {} }))).toEqual(missing);
  });

  it('describes itself', async () => {
    await withThreePoints();
    await client.createPayloadIndex('docs', { field_name: 'path', field_schema: 'keyword', wait: true });
    await client.createPayloadIndex('docs', {
      field_name: 'at.line',
      field_schema: { type: 'integer', lookup: true },
      wait: true,
    });
    expect(await client.getCollection('docs')).toMatchObject({
      status: 'green',
      optimizer_status: 'ok',
      points_count: 3,
      config: { params: { vectors: { size: 2, distance: 'Cosine' } } },
      payload_schema: {
        path: { data_type: 'keyword', points: 3 },
        'at.line': { data_type: 'integer', params: { type: 'integer', lookup: true }, points: 2 },
      },
    });
  });

  it('merges its metadata, and a null in it removes', async () => {
    const vectors = { size: 2, distance: 'Cosine' };
    await raw('PUT', '/collections/docs', JSON.stringify({ vectors, metadata: { identity: 'i', old: 1 } }));
    await client.updateCollection('docs', { metadata: { owner: 'o', old: null } });
    expect((await client.getCollection('docs')).config.metadata).toEqual({ identity: 'i', owner: 'o' });
  });

  it('refuses what would change its answers and is not imitated', async () => {
    const euclid = client.createCollection('docs', { vectors: { size: 2, distance: 'Euclid' } });
    expect(await refusalOf(euclid)).toEqual([501, expect.stringContaining('Euclid')]);
    const sparse = client.createCollection('docs', { vectors: {}, sparse_vectors: { words: {} } });
    expect(await refusalOf(sparse)).toEqual([501, expect.stringContaining('sparse_vectors')]);
  });
});

describe('ids', () => {
  it('come back in canonical form from any spelling of a UUID', async () => {
    await createDocs();
    const spellings = [A.toUpperCase(), 'B0000000000040008000000000000002', `urn:uuid:${C}`];
    await client.upsert('docs', { points: spellings.map((id) => ({ id, vector: [1, 0] })) });
    expect(await idsOf()).toEqual([A, 'b0000000-0000-4000-8000-000000000002', C]);
    expect(await client.retrieve('docs', { ids: [C.toUpperCase()], with_payload: false })).toEqual([
      { id: C },
    ]);
  });

  it('that are integers come before UUIDs, by their value', async () => {
    await createDocs();
    await client.upsert('docs', { points: [A, 10, 9, 0].map((id) => ({ id, vector: [1, 0] })) });
    expect(await idsOf()).toEqual([0, 9, 10, A]);
  });

  it.each(['not-a-uuid', -1, 1.5, '1'])('that are neither are refused: %j', async (id) => {
    await createDocs();
    expect(await refusalOf(client.upsert('docs', { points: [{ id, vector: [1, 0] }] }))).toEqual([
      400,
      expect.stringContaining('is not a valid point ID'),
    ]);
  });
});

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

describe('retrieve', () => {
  it('answers in the order asked, each point once, without what is missing', async () => {
    await withThreePoints();
    const points = await client.retrieve('docs', { ids: [C, ABSENT, A, C], with_payload: false });
    expect(points).toEqual([{ id: C }, { id: A }]);
  });

  it.each([
    { with_payload: true, payload: { version: 1, path: 'a.md', tags: ['x'], at: { line: 1 } } },
    { with_payload: ['version', 'at.line', 'none'], payload: { version: 1, at: { line: 1 } } },
    { with_payload: { include: ['path'] }, payload: { path: 'a.md' } },
    { with_payload: { exclude: ['tags', 'at.line'] }, payload: { version: 1, path: 'a.md', at: {} } },
    { with_payload: false, payload: undefined },
  ])('selects the payload: $with_payload', async ({ with_payload, payload }) => {
    await withThreePoints();
    expect((await client.retrieve('docs', { ids: [A], with_payload }))[0]?.payload).toEqual(payload);
  });
});

describe('scroll', () => {
  it('goes in the order of ids, from an offset that is part of the page', async () => {
    await withThreePoints();
    const first = await client.scroll('docs', { limit: 2, with_payload: false });
    expect(first).toEqual({ points: [{ id: A }, { id: B }], next_page_offset: C });
    const second = await client.scroll('docs', {
      limit: 2,
      offset: C,
      with_payload: false,
      with_vector: true,
    });
    expect(second).toEqual({ points: [{ id: C, vector: [0, 1] }], next_page_offset: null });
  });

  it('starts at the next id where the offset itself is missing', async () => {
    await withThreePoints();
    expect(await idsOf({ offset: '0a000000-0000-4000-8000-000000000002' })).toEqual([B, C]);
  });

  it('stays in order through many insertions and deletions', async () => {
    await createDocs();
    const expected = new Set<number>();
    for (let round = 0; round < 8; round++) {
      const ids = Array.from({ length: 150 }, (_, i) => (i * 7919 + round * 104_729) % 2003);
      const gone = [...expected].filter((id) => id % 8 === round).slice(0, round % 2 ? 20 : 100);
      await client.upsert('docs', { points: ids.map((id) => ({ id, vector: [1, 0] })) });
      await client.delete('docs', { points: gone, wait: true });
      for (const id of ids) expected.add(id);
      for (const id of gone) expected.delete(id);
      const { points } = await client.scroll('docs', { limit: 5000, with_payload: false });
      expect(points.map(({ id }) => id)).toEqual([...expected].sort((a, b) => a - b));
    }
  });

  it('refuses a limit of zero and an order it does not keep', async () => {
    await createDocs();
    expect((await refusalOf(client.scroll('docs', { limit: 0 })))[0]).toBe(422);
    expect((await refusalOf(client.scroll('docs', { order_by: 'version' })))[0]).toBe(501);
  });
});

describe('filters', () => {
  const field = (key: string, condition: object) => ({ must: { key, ...condition } });

  it.each([
    ['has_id', { must: [{ has_id: [C, ABSENT, A] }] }, [A, C]],
    ['has_id of either', { should: [{ has_id: [C] }, { has_id: [B.toUpperCase()] }] }, [B, C]],
    ['has_id and a nested filter', { must: [{ should: [{ has_id: [A, B] }] }, { has_id: [B, C] }] }, [B]],
    ['not has_id', { must_not: [{ has_id: [A] }] }, [B, C]],
    ['match value', field('path', { match: { value: 'b.md' } }), [B]],
    ['match an element', field('tags', { match: { value: 'y' } }), [C]],
    ['match any', field('version', { match: { any: [1, 3] } }), [A, C]],
    ['match except', field('version', { match: { except: [1, 3] } }), [B]],
    ['match of another type', field('version', { match: { value: '1' } }), []],
    ['range', field('version', { range: { gt: 1, lte: 3, gte: null } }), [B, C]],
    ['range below', field('version', { range: { lt: 2 } }), [A]],
    ['nested key', field('at.line', { match: { value: 7 } }), [C]],
    ['element by number', field('tags[1]', { match: { value: 'y' } }), [C]],
    ['is_empty', { must: [{ is_empty: { key: 'tags' } }] }, [B]],
    ['is_empty of a missing key', { must: [{ is_empty: { key: 'none' } }] }, [A, B, C]],
    ['is_null', { must: [{ is_null: { key: 'at' } }] }, [B]],
    ['is_null of a missing key', { must: [{ is_null: { key: 'none' } }] }, []],
    ['is_null on the field', field('at', { is_null: false }), [A, C]],
    [
      'should and must_not',
      { should: [{ has_id: [A] }, field('version', { match: { value: 2 } })], must_not: [{ has_id: [B] }] },
      [A],
    ],
    ['empty lists', { must: [], should: [], must_not: [] }, [A, B, C]],
    [
      'min_should',
      { min_should: { min_count: 2, conditions: [{ has_id: [A, B] }, { has_id: [B, C] }] } },
      [B],
    ],
  ])('%s', async (_, filter, ids) => {
    await withThreePoints();
    expect(await idsOf({ filter })).toEqual(ids);
    expect(await client.count('docs', { filter })).toEqual({ count: ids.length });
  });

  it.each([
    ['match.text', field('path', { match: { text: 'a' } })],
    ['geo_radius', field('at', { geo_radius: { center: { lon: 0, lat: 0 }, radius: 1 } })],
    ['range.gt', field('at', { range: { gt: '2026-01-01' } })],
    ['has_vector', { must: [{ has_vector: '' }] }],
    ['slice', { must: [{ slice: { index: 0, total: 2 } }] }],
  ])('name a condition they do not know: %s', async (name, filter) => {
    await withThreePoints();
    expect(await refusalOf(client.count('docs', { filter }))).toEqual([400, expect.stringContaining(name)]);
  });
});

describe('facet', () => {
  it('counts the points of every value, the most frequent first', async () => {
    await withThreePoints();
    await client.createPayloadIndex('docs', { field_name: 'tags', field_schema: 'keyword' });
    expect(await client.facet('docs', { key: 'tags', exact: true })).toEqual({
      hits: [
        { value: 'x', count: 2 },
        { value: 'y', count: 1 },
      ],
    });
    const filter = { must: [{ has_id: [C] }] };
    expect(await client.facet('docs', { key: 'tags', exact: true, limit: 1, filter })).toEqual({
      hits: [{ value: 'x', count: 1 }],
    });
  });

  it('counts integers', async () => {
    await withThreePoints();
    await client.createPayloadIndex('docs', { field_name: 'version', field_schema: 'integer' });
    expect((await client.facet('docs', { key: 'version', exact: true })).hits).toEqual(
      [1, 2, 3].map((value) => ({ value, count: 1 })),
    );
  });

  it('needs an index', async () => {
    await withThreePoints();
    expect(await refusalOf(client.facet('docs', { key: 'tags' }))).toEqual([
      400,
      expect.stringContaining('No appropriate index for faceting: `tags`'),
    ]);
  });
});

describe('nearest', () => {
  it('answers the most alike first', async () => {
    await withThreePoints();
    const { points } = await client.query('docs', { query: [3, 0], with_payload: ['path'] });
    expect(points).toEqual([
      { id: A, version: 1, score: 1, payload: { path: 'a.md' } },
      { id: B, version: 1, score: ROOT_HALF, payload: { path: 'b.md' } },
      { id: C, version: 1, score: 0, payload: { path: 'c.md' } },
    ]);
  });

  it('takes a filter, a limit, an offset and a threshold', async () => {
    await withThreePoints();
    const filter = { must_not: [{ has_id: [A] }] };
    const found = await client.search('docs', { vector: [1, 0], filter, limit: 1, with_payload: false });
    expect(found).toEqual([{ id: B, version: 1, score: ROOT_HALF }]);
    const nearest = { query: { nearest: [1, 0] }, offset: 1, score_threshold: 0.5 };
    expect((await client.query('docs', nearest)).points.map(({ id }) => id)).toEqual([B]);
  });

  it('compares by the named vector, and passes points by that have none', async () => {
    await client.createCollection('docs', {
      vectors: { text: { size: 1, distance: 'Dot' }, code: { size: 1, distance: 'Dot' } },
    });
    await client.upsert('docs', {
      points: [
        { id: 1, vector: { text: [1], code: [2] } },
        { id: 2, vector: { text: [3] } },
      ],
    });
    const byCode = await client.query('docs', { query: [5], using: 'code', with_vector: ['code'] });
    expect(byCode.points).toEqual([{ id: 1, version: 1, score: 10, vector: { code: [2] } }]);
    const byText = await client.search('docs', { vector: { name: 'text', vector: [1] }, limit: 1 });
    expect(byText[0]).toMatchObject({ id: 2, score: 3 });
  });

  it('refuses other queries', async () => {
    await withThreePoints();
    expect((await refusalOf(client.query('docs', { query: A })))[0]).toBe(501);
    expect((await refusalOf(client.query('docs', { query: { fusion: 'rrf' } })))[0]).toBe(501);
    expect((await refusalOf(client.query('docs', { query: [1, 0, 0] })))[0]).toBe(400);
  });
});

describe('on disk', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'qdrant-stand-in-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  /** Stops what runs and goes on with what is in the directory. */
  const restart = async () => {
    await server.close();
    server = await startQdrant({ directory });
    client = clientAt(server.port);
  };

  const everything = () => client.scroll('docs', { limit: 1000, with_vector: true });

  it('everything acknowledged outlives a kill', async () => {
    const module = new URL('../../infra/local/qdrant.ts', import.meta.url).href;
    const script = `const { startQdrant } = await import(${JSON.stringify(module)});
      console.log((await startQdrant({ directory: ${JSON.stringify(directory)} })).port);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [port] = await once(child.stdout, 'data');
    client = clientAt(Number(port));
    await withThreePoints();
    await client.updateCollection('docs', { metadata: { identity: 'i' } });
    await client.createPayloadIndex('docs', { field_name: 'version', field_schema: 'integer', wait: true });
    await client.updateVectors('docs', { points: [{ id: A, vector: [3, 4] }] });
    await client.delete('docs', { points: [B], wait: true });
    const [points, description] = [await everything(), await client.getCollection('docs')];
    child.kill('SIGKILL');
    await once(child, 'exit');
    await restart();
    expect([await everything(), await client.getCollection('docs')]).toEqual([points, description]);
    expect(points.points.map(({ id, vector }) => [id, vector])).toEqual([
      [A, [0.6, 0.8]],
      [C, [0, 1]],
    ]);
  });

  it('an operation that failed in part is kept as far as it went', async () => {
    await restart();
    await withThreePoints();
    const points = [ABSENT, A].map((id) => ({ id, vector: [0, 5] }));
    await refusalOf(client.updateVectors('docs', { points }));
    await restart();
    expect(await vectorOf(A)).toEqual([0, 1]);
  });

  it('a torn last line is dropped, and what follows it is kept', async () => {
    await restart();
    await withThreePoints();
    await appendFile(join(directory, 'docs.jsonl'), '{"operation":2,"changes":[{"id"');
    await restart();
    expect(await idsOf()).toEqual([A, B, C]);
    await client.delete('docs', { points: [B], wait: true });
    await restart();
    expect(await idsOf()).toEqual([A, C]);
  });

  it('a damaged line in the middle stops the start', async () => {
    await restart();
    await createDocs();
    await appendFile(join(directory, 'docs.jsonl'), 'not JSON\n');
    await expect(startQdrant({ directory })).rejects.toThrow('docs.jsonl is damaged at line 2');
  });

  it('the log is compacted on start, and operation ids go on', async () => {
    await restart();
    await withThreePoints();
    for (let round = 0; round < 20; round++) {
      await client.setPayload('docs', { points: [A], payload: { round } });
    }
    const before = await everything();
    const file = join(directory, 'docs.jsonl');
    const length = (await readFile(file)).length;
    await restart();
    expect((await readFile(file)).length).toBeLessThan(length / 2);
    expect(await everything()).toEqual(before);
    expect(await client.delete('docs', { points: [B], wait: true })).toMatchObject({ operation_id: 22 });
  });

  it('a collection that is deleted leaves nothing, and its name is free again', async () => {
    await restart();
    await withThreePoints();
    await client.deleteCollection('docs');
    expect(await readdir(directory)).toEqual([]);
    await createDocs();
    await restart();
    expect(await client.count('docs')).toEqual({ count: 0 });
  });

  it('names of collections need not be names of files', async () => {
    await restart();
    for (const name of ['a.b', 'ä ö', '%2e']) {
      await client.createCollection(name, { vectors: { size: 1, distance: 'Dot' } });
    }
    await restart();
    const { collections } = await client.getCollections();
    expect(collections.map(({ name }) => name).sort()).toEqual(['%2e', 'a.b', 'ä ö']);
    expect((await refusalOf(client.createCollection('a/b', {})))[0]).toBe(422);
  });
});

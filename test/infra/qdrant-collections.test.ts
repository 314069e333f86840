import { describe, expect, it } from 'vitest';
import {
  A,
  C,
  client,
  createDocs,
  idsOf,
  raw,
  refusalOf,
  server,
  withStandIn,
  withThreePoints,
} from './qdrant-stand-in.ts';

withStandIn();

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

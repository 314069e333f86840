import { describe, expect, it } from 'vitest';
import {
  A,
  ABSENT,
  B,
  C,
  client,
  createDocs,
  idsOf,
  ROOT_HALF,
  refusalOf,
  withStandIn,
  withThreePoints,
} from './qdrant-stand-in.ts';

withStandIn();

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

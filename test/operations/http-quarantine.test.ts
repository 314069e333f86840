import { beforeEach, describe, expect, test } from 'vitest';
import { contentHash } from '../../shared/domain/chunk.ts';
import { textsOf } from '../support/stores.ts';
import { httpProject } from './http-project.ts';

const http = httpProject();
const { get, id, now, post, scan, settings, write } = http;

beforeEach(async () => {
  await write('a.md', ['one', 'two', 'three']);
  await settings({ mode: 'auto', grace_seconds: 0.1 });
});

describe('the quarantine', () => {
  /** A deleted chunk that came back on both sides, and was removed by a repair. */
  const orphaned = async () => {
    const vector = (await http.edge.world.embedder.embed(['three']))[0] ?? [];
    await write('a.md', ['one', 'two']);
    const properties = {
      project: http.project,
      chunk_id: id(2),
      content: 'three',
      content_hash: contentHash('three'),
    };
    const place = { file_path: 'a.md', chunk_index: 2, start_line: 1, end_line: 1, version: 1 };
    await http.damage.upsertPoint(id(2), { ...properties, ...place }, vector);
    await http.damage.createNode({ ...properties, ...place, note: 'not ours' });
    await post('/repairs', { chunk_ids: [id(2)] });
    await http.edge.deliver();
    return (await get('/quarantine')).items[0];
  };

  test('holds what a repair removed', async () => {
    const entry = await orphaned();

    expect(entry).toEqual({
      quarantine_id: expect.any(String),
      project: http.project,
      chunk_id: id(2),
      file_path: 'a.md',
      reason: 'delete_orphan',
      sides: ['graph', 'vectors'],
      content_hashes: { graph: contentHash('three'), vectors: contentHash('three') },
      quarantined_at: expect.any(String),
      expires_at: expect.any(String),
      repair_id: expect.any(String),
      correlation_id: expect.any(String),
    });
    expect(await get(`/chunks/${id(2)}`)).toMatchObject({ quarantined: true, graph: null, vectors: null });
    expect(await textsOf(http.edge.world, http.project, 'a.md')).toEqual(['one', 'two']);
  });

  test('gives a removed chunk back for good: the document means it again', async () => {
    const { quarantine_id } = await orphaned();

    const answer = await post(`/quarantine/${quarantine_id}/restore`);
    http.edge.world.clock.advance(60_000);
    const { drifts } = await scan();

    expect(answer.status).toBe(202);
    expect(answer.json).toEqual({
      quarantine_id,
      chunk_id: id(2),
      file_path: 'a.md',
      correlation_id: answer.headers['x-correlation-id'],
      version: expect.any(Number),
    });
    expect(drifts).toEqual({});
    expect(await textsOf(http.edge.world, http.project, 'a.md')).toEqual(['one', 'two', 'three']);
    const document = await get('/documents/a.md');
    expect(document).toMatchObject({ version: answer.json.version, chunks: [{}, {}, { content: 'three' }] });
    expect(await get(`/documents/a.md?at=${now()}`)).toMatchObject({ version: answer.json.version });
    const notes = await http.edge.cypher.run('MATCH (c:Chunk) WHERE c.chunk_id = $id RETURN c.note AS note', {
      id: id(2),
    });
    expect(notes).toEqual([{ note: 'not ours' }]);
    expect((await get('/quarantine')).items[0].restored_at).toEqual(expect.any(String));
  });

  test('gives an overwritten text back for good: it is what the document means from now on', async () => {
    await http.damage.setNode(id(1), { content: 'by hand' });
    await post('/repairs', { chunk_ids: [id(1)] });
    await http.edge.deliver();
    const repaired = await textsOf(http.edge.world, http.project, 'a.md');
    const [{ quarantine_id, ...entry }] = (await get('/quarantine')).items;

    const answer = await post(`/quarantine/${quarantine_id}/restore`);
    http.edge.world.clock.advance(60_000);
    const { drifts } = await scan();

    expect(repaired).toEqual(['one', 'two', 'three']);
    expect(entry).toMatchObject({
      reason: 'reconcile_content',
      content_hashes: { graph: contentHash('by hand'), vectors: contentHash('two') },
    });
    expect(answer.status).toBe(202);
    expect(drifts).toEqual({});
    expect(await textsOf(http.edge.world, http.project, 'a.md')).toEqual(['one', 'by hand', 'three']);
  });

  test('gives nothing back twice, nor over a newer text', async () => {
    const { quarantine_id } = await orphaned();
    const first = await post(`/quarantine/${quarantine_id}/restore`);
    const second = await post(`/quarantine/${quarantine_id}/restore`);

    await http.damage.setNode(id(1), { content: 'by hand' });
    await post('/repairs', { chunk_ids: [id(1)] });
    await http.edge.deliver();
    const { items } = await get('/quarantine');
    const overwritten = items.find((item: { chunk_id: string }) => item.chunk_id === id(1));
    http.edge.world.clock.advance(1000);
    await write('a.md', ['one', 'newer']);
    const outdated = await post(`/quarantine/${overwritten.quarantine_id}/restore`);

    expect([first.status, second.json.code, outdated.json.code]).toEqual([
      202,
      'already_restored',
      'evidence_changed',
    ]);
    expect(await textsOf(http.edge.world, http.project, 'a.md')).toEqual(['one', 'newer']);
    expect((await get('/documents/a.md')).state).toBe('present');
  });

  test('has no entry that it never had', async () => {
    expect((await post(`/quarantine/${http.edge.world.ids.uuid()}/restore`)).status).toBe(404);
  });
});

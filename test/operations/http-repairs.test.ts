import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chunkId, contentHash } from '../../shared/domain/chunk.ts';
import { type Damage, damageTo } from '../support/damage.ts';
import { failing } from '../support/failing.ts';
import { textsOf } from '../support/stores.ts';
import type { LocalWorld } from '../support/world.ts';
import { type Edge, freshName, localEdge } from './http-edge.ts';

let edge: Edge;
let project: string;
let damage: Damage;

beforeAll(async () => {
  edge = await localEdge();
});
afterAll(() => edge.stop());
beforeEach(async () => {
  project = freshName();
  damage = damageTo({ ...edge, project } as unknown as LocalWorld);
  await write('a.md', ['one', 'two', 'three']);
  await settings({ mode: 'auto', grace_seconds: 0.1 });
});

const to = (rest: string) => `/projects/${project}${rest}`;
const get = async (rest: string) => (await edge.send('GET', to(rest))).json;
const post = (rest: string, body?: unknown) =>
  edge.send('POST', to(rest), body === undefined ? {} : { body });
const settings = (changes: object) => edge.send('PUT', to('/settings'), { body: changes });
const write = (file_path: string, texts: string[]) =>
  edge.send('PUT', to(`/documents/${file_path}`), {
    body: { chunks: texts.map((content) => ({ content })) },
  });
const id = (index: number, file_path = 'a.md') => chunkId(project, file_path, index);
const now = () => new Date(edge.world.clock.now()).toISOString();
const scan = async (depth = 'vectors') => {
  const { scan_id } = (await post('/scans', { depth })).json;
  await edge.deliver();
  return await get(`/scans/${scan_id}`);
};

describe('repairs of named chunks', () => {
  test('are done, read back and told row by row', async () => {
    await damage.deletePoints([id(0)]);
    await damage.deleteNodes([id(1)]);

    const asked = await post('/repairs', { chunk_ids: [id(0), id(1), id(2)] });
    await edge.deliver();

    expect(asked.status).toBe(202);
    expect(asked.json).toEqual({
      repair_id: expect.any(String),
      correlation_id: asked.headers['x-correlation-id'],
      accepted: 2,
      skipped: [{ chunk_id: id(2), reason: 'nothing_to_do' }],
    });
    const { rows, ...run } = await get(`/repairs/${asked.json.repair_id}`);
    expect(run).toEqual({
      repair_id: asked.json.repair_id,
      correlation_id: asked.json.correlation_id,
      status: 'completed',
      accepted: 2,
      repaired: 2,
      failed: 0,
      skipped: 0,
      rate_limited: 0,
      success_rate: 1,
      started_at: expect.any(String),
      completed_at: now(),
    });
    const byId = new Map(rows.map((row: { chunk_id: string }) => [row.chunk_id, row]));
    expect(byId.get(id(0))).toEqual({ chunk_id: id(0), outcome: 'repaired', action: 'copy_to_qdrant' });
    expect(byId.get(id(1))).toEqual({ chunk_id: id(1), outcome: 'repaired', action: 'copy_to_neo4j' });
    expect((await get('/repairs')).items).toEqual([run]);
    expect(await textsOf(edge.world, project, 'a.md')).toEqual(['one', 'two', 'three']);
  });

  test('of ids that nobody knows are skipped, and nothing is asked for', async () => {
    const unknown = edge.world.ids.uuid();

    const asked = await post('/repairs', { chunk_ids: [unknown] });

    expect(asked.json).toMatchObject({
      accepted: 0,
      skipped: [{ chunk_id: unknown, reason: 'nothing_to_do' }],
    });
    expect(edge.world.bus.take('RepairRequested')).toEqual([]);
    expect(await get(`/repairs/${asked.json.repair_id}`)).toMatchObject({ status: 'completed', rows: [] });
  });

  test('follow the side that a person declares right where both have altered a text', async () => {
    await damage.setNode(id(1), { content: 'graph says' });
    await damage.setPayload(id(1), { content: 'vectors say' });

    const without = await post('/repairs', { chunk_ids: [id(1)] });
    const asked = await post('/repairs', { chunk_ids: [id(1)], authority: 'neo4j' });
    await edge.deliver();

    expect(without.json.skipped).toEqual([{ chunk_id: id(1), reason: 'both_altered' }]);
    expect(asked.json.accepted).toBe(1);
    expect(await textsOf(edge.world, project, 'a.md')).toEqual(['one', 'graph says', 'three']);
    edge.world.clock.advance(1000);
    const then = await get(`/documents/a.md?at=${now()}`);
    expect(then.chunks[1].content_hash).toBe(contentHash('graph says'));
    expect(await get(`/documents/a.md`)).toMatchObject({
      version: then.version,
      chunks: [{}, { content: 'graph says' }, {}],
    });
  });

  test('tried first as a dry run touch nothing, and say what they would do and cost', async () => {
    await damage.deletePoints([id(0)]);
    await damage.setNode(id(1), { content: 'altered' });
    const before = await edge.items();

    const chunk_ids = [id(0), id(1), id(2)];
    const first = await post('/repairs', { chunk_ids, dry_run: true });
    const second = await post('/repairs', { chunk_ids, dry_run: true });

    expect(first.status).toBe(200);
    expect(first.json).toEqual({
      plan_hash: expect.stringMatching(/^[0-9a-f]{32}$/),
      verdicts: [
        { chunk_id: id(0), action: 'copy_to_qdrant', cause: 'ghost_delete' },
        { chunk_id: id(1), action: 'reconcile_content', cause: 'altered' },
        { chunk_id: id(2), action: 'skip', cause: expect.any(String), reason: 'nothing_to_do' },
      ],
      embedding_tokens: 1,
    });
    expect(second.json).toEqual(first.json);
    expect(await edge.items()).toEqual(before);
  });

  test('are refused in a project that only observes, where a dry run is not', async () => {
    await settings({ mode: 'observe' });
    await damage.deletePoints([id(0)]);

    const asked = await post('/repairs', { chunk_ids: [id(0)] });
    const tried = await post('/repairs', { chunk_ids: [id(0)], dry_run: true });

    expect([asked.status, asked.json.code, tried.status]).toEqual([409, 'observe', 200]);
    expect((await get('/repairs')).items).toEqual([]);
  });

  test('end as failed when nobody can be rung', async () => {
    await damage.deletePoints([id(0)]);
    const { world } = failing(edge.world, { port: 'bus' });

    const asked = await edge.sendOver({ ...edge.deps, world }, 'POST', to('/repairs'), {
      body: { chunk_ids: [id(0)] },
    });

    expect(asked.status).toBe(503);
    expect((await get('/repairs')).items).toMatchObject([
      { status: 'completed', failed: 1, success_rate: 0 },
    ]);
  });
});

describe('repairs of a scan', () => {
  test('are released by themselves, and counted with the scan', async () => {
    await damage.deletePoints([id(0)]);
    await damage.setNode(id(1), { content: 'graph' });
    await damage.setPayload(id(1), { content: 'vectors' });

    const { repairs, scan_id } = await scan();

    expect(repairs).toEqual({
      pending: 0,
      repaired: 1,
      skipped: { both_altered: 1 },
      failed: 0,
      rate_limited: 0,
    });
    expect(await get(`/repairs/${scan_id}`)).toMatchObject({
      scan_id,
      repaired: 1,
      skipped: 1,
      success_rate: 0.5,
    });
    expect((await get('/drifts?status=repaired')).items).toMatchObject([
      { chunk_id: id(0), action: 'copy_to_qdrant' },
    ]);
    expect(await get('/status')).toMatchObject({
      drift_percentage: 100 / 3,
      open_drifts: { content_mismatch: 1 },
    });
  });
});

describe('an approval', () => {
  const plan = async () => {
    await settings({ mode: 'plan' });
    await damage.deletePoints([id(0)]);
    await scan();
    return (await get('/status')).approval;
  };

  test('is asked for in mode plan, and released by a person', async () => {
    const approval = await plan();
    const decision = { approval_id: approval.id, plan_hash: approval.plan_hash, decision: 'approve' };

    const asked = await post('/repairs', decision);
    await edge.deliver();

    expect(approval).toEqual({
      id: expect.any(String),
      scan_id: approval.scan_id,
      plan_hash: expect.stringMatching(/^[0-9a-f]{32}$/),
      reason: 'plan',
      since: expect.any(String),
      verdicts: { copy_to_qdrant: 1 },
    });
    expect(asked.status).toBe(202);
    expect(asked.json).toEqual({
      repair_id: expect.any(String),
      correlation_id: asked.headers['x-correlation-id'],
      accepted: 1,
      skipped: [],
    });
    expect(await get(`/scans/${approval.scan_id}`)).toMatchObject({
      status: 'needs_approval',
      repairs: { repaired: 1 },
    });
    expect(await textsOf(edge.world, project, 'a.md')).toEqual(['one', 'two', 'three']);
    expect((await post('/repairs', decision)).json).toMatchObject({ status: 409, code: 'approval_changed' });
  });

  test('that is rejected repairs nothing', async () => {
    const approval = await plan();

    const body = { approval_id: approval.id, plan_hash: approval.plan_hash, decision: 'reject' };
    const asked = await post('/repairs', body);
    await edge.deliver();

    expect(asked.json).toMatchObject({ repair_id: null, accepted: 0 });
    expect((await get('/status')).approval).toBeNull();
    expect(await edge.world.vectors.count(project)).toBe(2);
  });

  test('of another plan is refused', async () => {
    const approval = await plan();

    const asked = await post('/repairs', {
      approval_id: approval.id,
      plan_hash: '0'.repeat(32),
      decision: 'approve',
    });

    expect([asked.status, asked.json.code]).toEqual([409, 'approval_changed']);
    expect((await get('/status')).approval).toEqual(approval);
  });
});

describe('the quarantine', () => {
  /** A deleted chunk that came back on both sides, and was removed by a repair. */
  const orphaned = async () => {
    const vector = (await edge.world.embedder.embed(['three']))[0] ?? [];
    await write('a.md', ['one', 'two']);
    const properties = { project, chunk_id: id(2), content: 'three', content_hash: contentHash('three') };
    const place = { file_path: 'a.md', chunk_index: 2, start_line: 1, end_line: 1, version: 1 };
    await damage.upsertPoint(id(2), { ...properties, ...place }, vector);
    await damage.createNode({ ...properties, ...place, note: 'not ours' });
    await post('/repairs', { chunk_ids: [id(2)] });
    await edge.deliver();
    return (await get('/quarantine')).items[0];
  };

  test('holds what a repair removed', async () => {
    const entry = await orphaned();

    expect(entry).toEqual({
      quarantine_id: expect.any(String),
      project,
      chunk_id: id(2),
      file_path: 'a.md',
      reason: 'delete_orphan',
      quarantined_at: expect.any(String),
      expires_at: expect.any(String),
      repair_id: expect.any(String),
      correlation_id: expect.any(String),
    });
    expect(await get(`/chunks/${id(2)}`)).toMatchObject({ quarantined: true, graph: null, vectors: null });
    expect(await textsOf(edge.world, project, 'a.md')).toEqual(['one', 'two']);
  });

  test('gives a removed chunk back for good: the document means it again', async () => {
    const { quarantine_id } = await orphaned();

    const answer = await post(`/quarantine/${quarantine_id}/restore`);
    edge.world.clock.advance(60_000);
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
    expect(await textsOf(edge.world, project, 'a.md')).toEqual(['one', 'two', 'three']);
    const document = await get('/documents/a.md');
    expect(document).toMatchObject({ version: answer.json.version, chunks: [{}, {}, { content: 'three' }] });
    expect(await get(`/documents/a.md?at=${now()}`)).toMatchObject({ version: answer.json.version });
    const notes = await edge.cypher.run('MATCH (c:Chunk) WHERE c.chunk_id = $id RETURN c.note AS note', {
      id: id(2),
    });
    expect(notes).toEqual([{ note: 'not ours' }]);
    expect((await get('/quarantine')).items[0].restored_at).toEqual(expect.any(String));
  });

  test('gives an overwritten text back for good: it is what the document means from now on', async () => {
    await damage.setNode(id(1), { content: 'by hand' });
    await post('/repairs', { chunk_ids: [id(1)] });
    await edge.deliver();
    const repaired = await textsOf(edge.world, project, 'a.md');
    const [{ quarantine_id }] = (await get('/quarantine')).items;

    const answer = await post(`/quarantine/${quarantine_id}/restore`);
    edge.world.clock.advance(60_000);
    const { drifts } = await scan();

    expect(repaired).toEqual(['one', 'two', 'three']);
    expect(answer.status).toBe(202);
    expect(drifts).toEqual({});
    expect(await textsOf(edge.world, project, 'a.md')).toEqual(['one', 'by hand', 'three']);
  });

  test('gives nothing back twice, nor over a newer text', async () => {
    const { quarantine_id } = await orphaned();
    const first = await post(`/quarantine/${quarantine_id}/restore`);
    const second = await post(`/quarantine/${quarantine_id}/restore`);

    await damage.setNode(id(1), { content: 'by hand' });
    await post('/repairs', { chunk_ids: [id(1)] });
    await edge.deliver();
    const { items } = await get('/quarantine');
    const overwritten = items.find((item: { chunk_id: string }) => item.chunk_id === id(1));
    edge.world.clock.advance(1000);
    await write('a.md', ['one', 'newer']);
    const outdated = await post(`/quarantine/${overwritten.quarantine_id}/restore`);

    expect([first.status, second.json.code, outdated.json.code]).toEqual([
      202,
      'already_restored',
      'evidence_changed',
    ]);
    expect(await textsOf(edge.world, project, 'a.md')).toEqual(['one', 'newer']);
    expect((await get('/documents/a.md')).state).toBe('present');
  });

  test('has no entry that it never had', async () => {
    expect((await post(`/quarantine/${edge.world.ids.uuid()}/restore`)).status).toBe(404);
  });
});

import { beforeEach, describe, expect, test } from 'vitest';
import { contentHash } from '../../shared/domain/chunk.ts';
import { failing } from '../support/failing.ts';
import { textsOf } from '../support/stores.ts';
import { httpProject } from './http-project.ts';

const http = httpProject();
const { get, id, now, post, settings, to, write } = http;

beforeEach(async () => {
  await write('a.md', ['one', 'two', 'three']);
  await settings({ mode: 'auto', grace_seconds: 0.1 });
});

describe('repairs of named chunks', () => {
  test('are done, read back and told row by row', async () => {
    await http.damage.deletePoints([id(0)]);
    await http.damage.deleteNodes([id(1)]);

    const asked = await post('/repairs', { chunk_ids: [id(0), id(1), id(2)] });
    await http.edge.deliver();

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
    expect(await textsOf(http.edge.world, http.project, 'a.md')).toEqual(['one', 'two', 'three']);
  });

  test('of ids that nobody knows are skipped, and nothing is asked for', async () => {
    const unknown = http.edge.world.ids.uuid();

    const tried = await post('/repairs', { chunk_ids: [unknown], dry_run: true });
    const asked = await post('/repairs', { chunk_ids: [unknown] });

    expect(tried.json.verdicts).toMatchObject([{ action: 'skip', cause: 'unknown' }]);
    expect(asked.json).toMatchObject({
      accepted: 0,
      skipped: [{ chunk_id: unknown, reason: 'nothing_to_do' }],
    });
    expect(http.edge.world.bus.take('RepairRequested')).toEqual([]);
    expect(await get(`/repairs/${asked.json.repair_id}`)).toMatchObject({
      status: 'completed',
      rows: [],
      success_rate: null,
    });
  });

  test('follow the side that a person declares right where both have altered a text', async () => {
    await http.damage.setNode(id(1), { content: 'graph says' });
    await http.damage.setPayload(id(1), { content: 'vectors say' });

    const without = await post('/repairs', { chunk_ids: [id(1)] });
    const asked = await post('/repairs', { chunk_ids: [id(1)], authority: 'neo4j' });
    await http.edge.deliver();

    expect(without.json.skipped).toEqual([{ chunk_id: id(1), reason: 'both_altered' }]);
    expect(asked.json.accepted).toBe(1);
    expect(await textsOf(http.edge.world, http.project, 'a.md')).toEqual(['one', 'graph says', 'three']);
    http.edge.world.clock.advance(1000);
    const then = await get(`/documents/a.md?at=${now()}`);
    expect(then.chunks[1].content_hash).toBe(contentHash('graph says'));
    expect(await get(`/documents/a.md`)).toMatchObject({
      version: then.version,
      chunks: [{}, { content: 'graph says' }, {}],
    });
  });

  test('tried first as a dry run touch nothing, and say what they would do and cost', async () => {
    await http.damage.deletePoints([id(0)]);
    await http.damage.setNode(id(1), { content: 'altered' });
    const before = await http.edge.items();

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
    expect(await http.edge.items()).toEqual(before);
  });

  test('are refused in a project that only observes, where a dry run is not', async () => {
    await settings({ mode: 'observe' });
    await http.damage.deletePoints([id(0)]);

    const asked = await post('/repairs', { chunk_ids: [id(0)] });
    const tried = await post('/repairs', { chunk_ids: [id(0)], dry_run: true });

    expect([asked.status, asked.json.code, tried.status]).toEqual([409, 'observe', 200]);
    expect((await get('/repairs')).items).toEqual([]);
  });

  test('are rung again by the tick when their doorbells get lost', async () => {
    await http.damage.deletePoints([id(0), id(2)]);
    const { repair_id } = (await post('/repairs', { chunk_ids: [id(2), id(0)] })).json;
    expect(http.edge.world.bus.take('RepairRequested')).toHaveLength(1);

    await http.edge.tick();
    await http.edge.deliver();
    await http.edge.tick();

    expect(await get(`/repairs/${repair_id}`)).toMatchObject({ status: 'completed', repaired: 2 });
    expect(http.edge.world.bus.take('RepairRequested')).toEqual([]);
  });

  test('end as failed when nobody can be rung', async () => {
    await http.damage.deletePoints([id(0)]);
    const { world } = failing(http.edge.world, { port: 'bus' });

    const asked = await http.edge.sendOver({ ...http.edge.deps, world }, 'POST', to('/repairs'), {
      body: { chunk_ids: [id(0)] },
    });

    expect(asked.status).toBe(503);
    expect((await get('/repairs')).items).toMatchObject([
      { status: 'completed', failed: 1, success_rate: 0 },
    ]);
  });
});

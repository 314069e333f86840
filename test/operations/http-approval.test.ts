import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chunkId } from '../../shared/domain/chunk.ts';
import { type Damage, damageTo } from '../support/damage.ts';
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
const scan = async (depth = 'vectors') => {
  const { scan_id } = (await post('/scans', { depth })).json;
  await edge.deliver();
  return await get(`/scans/${scan_id}`);
};

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
      embedding_tokens: 1,
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

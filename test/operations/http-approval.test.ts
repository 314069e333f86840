import { beforeEach, describe, expect, test } from 'vitest';
import { textsOf } from '../support/stores.ts';
import { httpProject } from './http-project.ts';

const http = httpProject();
const { get, id, post, scan, settings, write } = http;

beforeEach(async () => {
  await write('a.md', ['one', 'two', 'three']);
  await settings({ mode: 'auto', grace_seconds: 0.1 });
});

describe('repairs of a scan', () => {
  test('are released by themselves, and counted with the scan', async () => {
    await http.damage.deletePoints([id(0)]);
    await http.damage.setNode(id(1), { content: 'graph' });
    await http.damage.setPayload(id(1), { content: 'vectors' });

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
      success_rate: 1,
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
    await http.damage.deletePoints([id(0)]);
    await scan();
    return (await get('/status')).approval;
  };

  test('is asked for in mode plan, and released by a person', async () => {
    const approval = await plan();
    const decision = { approval_id: approval.id, plan_hash: approval.plan_hash, decision: 'approve' };

    const asked = await post('/repairs', decision);
    await http.edge.deliver();

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
    expect(await textsOf(http.edge.world, http.project, 'a.md')).toEqual(['one', 'two', 'three']);
    expect((await post('/repairs', decision)).json).toMatchObject({ status: 409, code: 'approval_changed' });
  });

  test('that is rejected repairs nothing', async () => {
    const approval = await plan();

    const body = { approval_id: approval.id, plan_hash: approval.plan_hash, decision: 'reject' };
    const asked = await post('/repairs', body);
    await http.edge.deliver();

    expect(asked.json).toMatchObject({ repair_id: null, accepted: 0 });
    expect((await get('/status')).approval).toBeNull();
    expect(await http.edge.world.vectors.count(http.project)).toBe(2);
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

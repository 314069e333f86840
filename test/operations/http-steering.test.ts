import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { scanShard } from '../../shared/operations/scan-shard.ts';
import { guarded } from '../support/mortal.ts';
import { httpProject } from './http-project.ts';

const http = httpProject();
const { get, now, post, to, write } = http;
const TEXTS = ['one', 'two', 'three', 'four'];

let scan_id: string;
beforeEach(async () => {
  await write('a.md', TEXTS);
  scan_id = (await post('/scans', { depth: 'content' })).json.scan_id;
});

const steer = (action: string) => http.edge.send('PATCH', to(`/scans/${scan_id}`), { body: { action } });
const standing = () => get(`/scans/${scan_id}`);

/** A worker on the shard that walks both sides, a row a page; something happens after its second checkpoint. */
const workUntil = async (act: () => Promise<unknown>) => {
  const { world } = http.edge;
  let saved = 0;
  const scans = guarded(world.scans, async (call, method) => {
    const result = await call();
    if (method === 'checkpoint' && ++saved === 2) await act();
    return result;
  });
  const at = { project: http.project, scan_id, shard: 0, owner: randomUUID() };
  return await scanShard({ ...world, scans }, { ...at, pageRows: 1, remainingMs: () => 600_000 });
};

describe('a scan at work', () => {
  test('stops at a checkpoint when it is paused, and goes on from there', async () => {
    http.edge.world.clock.advance(2_000);
    expect(await workUntil(() => steer('pause'))).toBe('stopped');
    http.edge.world.clock.advance(3_600_000);
    expect(await standing()).toMatchObject({
      status: 'paused',
      compared: 2,
      progress: { walked: 2, total: 8, per_second: 1, seconds_left: null, shards: { done: 0, of: 2 } },
    });

    expect((await steer('resume')).json).toMatchObject({ status: 'running', progress: { seconds_left: 6 } });
    await http.edge.deliver();

    expect(await standing()).toMatchObject({ status: 'completed', compared: 4, distinct: 4 });
    expect(await standing()).not.toHaveProperty('progress');
  });

  test('stops for good when it is cancelled: it finds nothing, and makes room for another', async () => {
    await http.damage.deletePoints([http.id(1)]);
    expect(await workUntil(() => steer('cancel'))).toBe('stopped');
    await http.edge.deliver();

    expect(await standing()).toMatchObject({
      status: 'cancelled',
      completed_at: now(),
      drift_percentage: null,
    });
    expect((await get('/drifts')).items).toEqual([]);
    expect((await post('/scans', { depth: 'content' })).status).toBe(202);
  });

  test('is not paused any more once it has ended', async () => {
    await http.edge.deliver();

    const late = await steer('pause');

    expect(late.json).toMatchObject({ status: 409, code: 'scan_status', scan_status: 'completed' });
    expect((await standing()).status).toBe('completed');
  });
});

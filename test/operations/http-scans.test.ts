import { beforeEach, describe, expect, test } from 'vitest';
import { contentHash } from '../../shared/domain/chunk.ts';
import { failing } from '../support/failing.ts';
import { httpProject } from './http-project.ts';

const http = httpProject();
const { get, id, now, post, scan, to, write } = http;
const UUID = expect.stringMatching(/^[0-9a-f-]{36}$/);

beforeEach(async () => {
  await write('a.md', ['one', 'two', 'three']);
});

describe('scans', () => {
  test('are asked for, run, and told as they are', async () => {
    await http.damage.deletePoints([id(1)]);

    const asked = await post('/scans', { depth: 'content' });
    const running = await get(`/scans/${asked.json.scan_id}`);
    const started = now();
    await http.edge.deliver();
    const ended = await get(`/scans/${asked.json.scan_id}`);

    expect(asked.status).toBe(202);
    expect(asked.json).toEqual({ scan_id: UUID, correlation_id: asked.headers['x-correlation-id'] });
    const none = { pending: 0, repaired: 0, skipped: {}, failed: 0, rate_limited: 0 };
    const common = {
      ...asked.json,
      depth: 'content',
      total: 3,
      started_at: started,
      checks_not_applicable: ['invalid_vector', 'stale_embedding'],
    };
    expect(running).toEqual({
      ...common,
      status: 'running',
      compared: 0,
      distinct: 0,
      drift_percentage: null,
      drifts: {},
      progress: {
        ...{ walked: 0, total: 6, per_second: null, seconds_left: null, shards: { done: 0, of: 2 } },
        intensity_percent: 10,
      },
      repairs: none,
    });
    expect(ended).toEqual({
      ...common,
      status: 'completed',
      compared: 3,
      distinct: 3,
      drift_percentage: 100 / 3,
      drifts: { missing_in_qdrant: 1 },
      repairs: none,
      completed_at: now(),
    });
    expect((await get('/scans')).items).toEqual([ended]);
  });

  test('tell how hard they may work the stores: as asked, or else as the settings have it', async () => {
    const intensityOf = async (body: object) => {
      const { scan_id } = (await post('/scans', body)).json;
      return [scan_id, (await get(`/scans/${scan_id}`)).progress.intensity_percent];
    };
    const [own, asked] = await intensityOf({ depth: 'content', intensity_percent: 100 });
    const [other, standing] = await intensityOf({ depth: 'fingerprints' });
    await http.edge.send('PUT', to('/settings'), { body: { scan_intensity_percent: 25 } });

    expect([asked, standing]).toEqual([100, 10]);
    const now = async (id: string) => (await get(`/scans/${id}`)).progress.intensity_percent;
    expect([await now(own), await now(other)]).toEqual([100, 25]);
  });

  test('of counts say which checks they did not make', async () => {
    const { checks_not_applicable } = await scan('counts');

    expect(checks_not_applicable).toContain('content_mismatch');
    expect(checks_not_applicable).not.toContain('missing_in_qdrant');
  });

  test('say what they checked on a sample only, or not at all, unless they found it', async () => {
    const claims = async (depth: string) => (await scan(depth)).checks_not_applicable;

    expect(await claims('fingerprints')).toEqual(
      expect.arrayContaining(['content_mismatch', 'metadata_mismatch', 'stale_embedding', 'invalid_vector']),
    );
    expect(await claims('vectors')).toEqual([]);
    await http.damage.setNode(id(1), { content: 'x', content_hash: contentHash('x') });
    http.edge.world.clock.advance(60_000);
    expect(await claims('fingerprints')).not.toContain('content_mismatch');
  });

  test('run once at a time for each depth', async () => {
    const first = await post('/scans', { depth: 'content' });
    const second = await post('/scans', { depth: 'content' });

    expect(second.status).toBe(409);
    expect(second.json).toMatchObject({ code: 'scan_running', scan_id: first.json.scan_id });
  });

  test('are paused, resumed and cancelled, each on record', async () => {
    const { scan_id } = (await post('/scans', { depth: 'content' })).json;
    const steer = async (action: string) =>
      http.edge.send('PATCH', to(`/scans/${scan_id}`), { body: { action } });

    const paused = await steer('pause');
    await http.edge.deliver();
    const still = await get(`/scans/${scan_id}`);
    const again = await steer('pause');
    const resumed = await steer('resume');
    const cancelled = await steer('cancel');
    const late = await steer('resume');

    const statuses = [paused, again, resumed, cancelled].map(({ status, json }) => [status, json.status]);
    expect(statuses).toEqual([
      [200, 'paused'],
      [200, 'paused'],
      [200, 'running'],
      [200, 'cancelled'],
    ]);
    expect(still).toMatchObject({ status: 'paused', compared: 0 });
    expect(late.json).toMatchObject({ status: 409, code: 'scan_status', scan_status: 'cancelled' });
    const types = (await get('/events')).items.map((event: { event_type: string }) => event.event_type);
    expect(types).toEqual(expect.arrayContaining(['scan_paused', 'scan_resumed', 'scan_cancelled']));
  });

  test('go on after a pause longer than their deadline', async () => {
    const { scan_id } = (await post('/scans', { depth: 'content' })).json;
    const steer = (action: string) => http.edge.send('PATCH', to(`/scans/${scan_id}`), { body: { action } });
    await steer('pause');
    http.edge.world.clock.advance(2 * 3_600_000);

    await steer('resume');
    await http.edge.deliver();

    expect(await get(`/scans/${scan_id}`)).toMatchObject({ status: 'completed', compared: 3 });
  });

  test('of a side that does not answer end detection_failed and say which', async () => {
    const { world } = failing(http.edge.world, { port: 'vectors', methods: ['count'] });

    const asked = await http.edge.sendOver({ ...http.edge.deps, world }, 'POST', to('/scans'), {
      body: { depth: 'content' },
    });

    const ended = await get(`/scans/${asked.json.scan_id}`);
    expect(asked.status).toBe(202);
    expect(ended).toMatchObject({ status: 'detection_failed', drift_percentage: null });
    expect(ended.error).toMatchObject({ side: 'vectors', kind: 'network' });
    expect((await get('/status')).status).toBe('detection_failed');
  });
});

import { describe, expect, test } from 'vitest';
import { failing } from '../support/failing.ts';
import { httpProject } from './http-project.ts';

const http = httpProject();
const { ask, now, to } = http;
const write = (file_path = 'a.md') => http.write(file_path, ['one', 'two']);

describe('status', () => {
  test('is unknown before the first scan', async () => {
    await write();

    const answer = await ask('/status');

    expect(answer.json).toEqual({
      project: http.project,
      status: 'unknown',
      drift_percentage: null,
      depth: null,
      neo4j_count: 2,
      qdrant_count: 2,
      open_drifts: {},
      last_scan_id: null,
      last_scan_at: null,
      verified_until: { fingerprints: null, content: null, vectors: null },
      coverage: { counts: null, fingerprints: null, content: null, vectors: null },
      active_syncs: 0,
      last_sync: now(),
      mode: 'observe',
      approval: null,
      breakers: [
        { dependency: 'graph', state: 'closed', epoch: 0, failures: 0, override: 'none' },
        { dependency: 'vectors', state: 'closed', epoch: 0, failures: 0, override: 'none' },
        { dependency: 'embedder', state: 'closed', epoch: 0, failures: 0, override: 'none' },
      ],
    });
  });

  test('is synchronized after a scan that found nothing', async () => {
    await write();
    const synced = now();
    http.edge.world.clock.advance(5000);
    const [started, proven] = [now(), synced];
    const { scan_id } = (await http.edge.send('POST', to('/scans'), { body: { depth: 'vectors' } })).json;
    await http.edge.deliver();
    http.edge.world.clock.advance(90_000_000);

    const answer = await ask('/status');

    expect(answer.json).toMatchObject({
      status: 'synchronized',
      drift_percentage: 0,
      depth: 'vectors',
      last_scan_id: scan_id,
      last_sync: synced,
      verified_until: { fingerprints: proven, content: proven, vectors: proven },
      coverage: { counts: started, fingerprints: started, content: started, vectors: started },
    });
  });

  test('has no count of a side that does not answer', async () => {
    await write();
    const { world } = failing(http.edge.world, { port: 'graph' });

    const answer = await http.edge.sendOver({ ...http.edge.deps, world }, 'GET', to('/status'));

    expect(answer.json).toMatchObject({ neo4j_count: null, qdrant_count: 2 });
  });
});

describe('events', () => {
  test('of one correlation id tell a write in order', async () => {
    await http.edge.send('PUT', to(''), { body: {} });
    const { correlation_id } = (await write()).json;

    const { items } = (await http.edge.send('GET', `/events?correlation_id=${correlation_id}`)).json;

    const types = items.map((event: { event_type: string }) => event.event_type);
    expect(types).toEqual(['write_started', 'neo4j_written', 'qdrant_written', 'write_completed']);
    expect(items[0]).toEqual({
      event_id: expect.any(String),
      event_type: 'write_started',
      timestamp: now(),
      project: http.project,
      correlation_id,
      file_path: 'a.md',
      version: 1,
      status: 'started',
      metadata: { op_id: expect.any(String), kind: 'write', previous_version: 0 },
      idempotency_key: expect.any(String),
      schema_version: 1,
    });
  });

  test('of a project are between since, inclusive, and until, exclusive', async () => {
    await write('a.md');
    const first = now();
    http.edge.world.clock.advance(1000);
    await write('b.md');
    const second = now();
    const completed = async (window: string) =>
      (await ask(`/events?event_type=write_completed&${window}`)).json.items.map(
        (event: { file_path: string }) => event.file_path,
      );

    expect(await completed('')).toEqual(['a.md', 'b.md']);
    expect(await completed(`since=${second}`)).toEqual(['b.md']);
    expect(await completed(`until=${second}`)).toEqual(['a.md']);
    expect(await completed(`since=${first}&until=${second}`)).toEqual(['a.md']);
  });

  test('that are failures come newest first', async () => {
    await write();
    const { world } = failing(http.edge.world, { port: 'vectors', methods: ['apply'] });
    const body = { chunks: [{ content: 'other' }] };
    for (const path of ['a.md', 'b.md']) {
      http.edge.world.clock.advance(1000);
      await http.edge.sendOver({ ...http.edge.deps, world }, 'PUT', to(`/documents/${path}`), { body });
    }

    const { items } = (await ask('/failures')).json;

    expect(items[0]).toMatchObject({ file_path: 'b.md' });
    const times = items.map(({ timestamp }: { timestamp: string }) => timestamp);
    expect(times).toEqual([...times].sort().reverse());
    expect((await ask(`/failures?since=${now()}`)).json.items.length).toBeLessThan(items.length);
  });
});

describe('a correlation id', () => {
  test('that is given is echoed and found in the events', async () => {
    const id = http.edge.world.ids.uuid();
    const body = { content: 'text' };

    const answer = await http.edge.send('PUT', to('/documents/a.md'), {
      body,
      headers: { 'x-correlation-id': id },
    });

    expect([answer.headers['x-correlation-id'], answer.json.correlation_id]).toEqual([id, id]);
    expect((await http.edge.send('GET', `/events?correlation_id=${id}`)).json.items.length).toBeGreaterThan(
      3,
    );
  });

  test('that is not given is made, also for what is refused', async () => {
    const answers = [
      await write(),
      await http.edge.send('GET', '/nothing'),
      await http.edge.send('GET', '/events'),
    ];

    for (const { headers } of answers) expect(headers['x-correlation-id']).toMatch(/^[0-9a-f-]{36}$/);
  });
});

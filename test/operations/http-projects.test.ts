import { describe, expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../shared/domain/settings.ts';
import { failing } from '../support/failing.ts';
import { freshName } from './http-edge.ts';
import { httpProject } from './http-project.ts';

const http = httpProject();
const { ask, to } = http;
const write = () => http.write('a.md', ['one', 'two']);

describe('health', () => {
  test('says of each thing whether it answers', async () => {
    const answer = await http.edge.send('GET', '/health');

    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({ ok: true, graph: true, vectors: true, state: true });
  });

  test('is 503 when one does not', async () => {
    const { world } = failing(http.edge.world, { port: 'vectors', methods: ['ping'] });

    const answer = await http.edge.sendOver({ ...http.edge.deps, world }, 'GET', '/health');

    expect(answer.status).toBe(503);
    expect(answer.json).toEqual({ ok: false, graph: true, vectors: false, state: true });
  });

  test('does not wait for one that says nothing', async () => {
    const { world } = http.edge;
    const silent = { ...world.graph, ping: () => new Promise<void>(() => {}) };
    const startedAt = Date.now();

    const deps = { ...http.edge.deps, world: { ...world, graph: silent } };
    const answer = await http.edge.sendOver(deps, 'GET', '/health');

    expect(answer.json).toEqual({ ok: false, graph: false, vectors: true, state: true });
    expect(Date.now() - startedAt).toBeLessThan(3_000);
  });
});

describe('projects', () => {
  test('PUT registers a name once, with an identity and what each side holds', async () => {
    const first = await http.edge.send('PUT', to(''), { body: {} });
    await write();
    const second = await http.edge.send('PUT', to(''), { body: {} });

    expect([first.status, second.status]).toEqual([201, 200]);
    expect(first.json).toEqual({
      project: http.project,
      identity: expect.any(String),
      graph_count: 0,
      vectors_count: 0,
    });
    expect(second.json).toEqual({ ...first.json, graph_count: 2, vectors_count: 2 });
  });

  test('a side that already holds data is taken over only with adopt', async () => {
    await http.edge.cypher.write(async (run) => {
      await run('CREATE (c:Chunk) SET c.project = $project, c.chunk_id = $id', {
        project: http.project,
        id: http.edge.world.ids.uuid(),
      });
    });

    const refused = await http.edge.send('PUT', to(''), { body: {} });
    const adopted = await http.edge.send('PUT', to(''), { body: { adopt: true } });

    expect(refused.status).toBe(409);
    expect(refused.json).toMatchObject({ code: 'adopt_required', graph_count: 1, has_collection: false });
    expect([adopted.status, adopted.json.graph_count]).toEqual([201, 1]);
    expect((await http.edge.send('GET', to('/settings'))).json.unknown_chunks).toBe('ask');
  });

  test('a project does not turn read-only, or back, by the way', async () => {
    await http.edge.send('PUT', to(''), { body: {} });

    const answer = await http.edge.send('PUT', to(''), { body: { read_only: true } });

    expect([answer.status, answer.json.code]).toEqual([409, 'registered_otherwise']);
  });

  test('a read-only project refuses documents', async () => {
    await http.edge.send('PUT', to(''), { body: { read_only: true } });

    const answer = await write();

    expect([answer.status, answer.json.code]).toEqual([409, 'read_only']);
  });

  test('GET lists them in order of name, a page at a time', async () => {
    const names = [freshName(), freshName()].sort();
    for (const name of names) await http.edge.send('PUT', `/projects/${name}`, { body: {} });

    const seen: string[] = [];
    for (let cursor = ''; ; ) {
      const page = (await http.edge.send('GET', `/projects?limit=1${cursor && `&cursor=${cursor}`}`)).json;
      seen.push(...page.items.map((item: { project: string }) => item.project));
      if (page.next_cursor === undefined) break;
      cursor = page.next_cursor;
    }

    expect(seen).toEqual([...seen].sort());
    expect(seen).toEqual(expect.arrayContaining(names));
  });
});

describe('settings', () => {
  test('answer all of them, with defaults until they are changed', async () => {
    await http.edge.send('PUT', to(''), { body: {} });

    const before = await ask('/settings');
    const changed = await http.edge.send('PUT', to('/settings'), {
      body: { mode: 'auto', grace_seconds: 0.5 },
    });
    const after = await ask('/settings');

    expect(before.json).toEqual(DEFAULT_SETTINGS);
    expect(changed.json).toEqual({ ...DEFAULT_SETTINGS, mode: 'auto', grace_seconds: 0.5 });
    expect(after.json).toEqual(changed.json);
    const events = (await ask('/events?event_type=settings_changed')).json.items;
    expect(events).toEqual([
      expect.objectContaining({
        correlation_id: changed.headers['x-correlation-id'],
        metadata: { change: 1, changes: { mode: 'auto', grace_seconds: 0.5 } },
      }),
    ]);
  });

  test('two that contradict each other are refused', async () => {
    await http.edge.send('PUT', to(''), { body: {} });

    const answer = await http.edge.send('PUT', to('/settings'), { body: { alert_above_percent: 0.5 } });

    expect(answer.status).toBe(400);
    expect(answer.json.errors[0].field).toBe('synchronized_below_percent');
    expect((await ask('/settings')).json).toEqual(DEFAULT_SETTINGS);
  });
});

describe('breakers', () => {
  const closed = { state: 'closed', epoch: 0, failures: 0, override: 'none' };

  test('are closed at first, and held open by a person, on record', async () => {
    await http.edge.send('PUT', to(''), { body: {} });

    const before = await ask('/breakers');
    const held = await http.edge.send('PUT', to('/breakers'), {
      body: { dependency: 'vectors', override: 'open' },
    });
    const after = await ask('/breakers');

    expect(before.json).toEqual({
      items: ['graph', 'vectors', 'embedder'].map((dependency) => ({ dependency, ...closed })),
    });
    expect(held.json).toEqual({ dependency: 'vectors', ...closed, override: 'open' });
    expect(after.json.items[1]).toEqual(held.json);
    expect((await ask('/events?event_type=breaker_overridden')).json.items).toHaveLength(1);
  });
});

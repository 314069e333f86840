import { beforeEach, describe, expect, test } from 'vitest';
import { contentHash } from '../../shared/domain/chunk.ts';
import { httpProject } from './http-project.ts';

const http = httpProject();
const { get, id, scan, to, write } = http;

beforeEach(async () => {
  await write('a.md', ['one', 'two', 'three']);
});

describe('drifts', () => {
  test('are listed with type and cause, and filtered', async () => {
    await http.damage.deletePoints([id(0)]);
    await http.damage.setNode(id(1), { content: 'altered' });
    const { scan_id } = await scan();

    const all = await get('/drifts');
    const missing = await get('/drifts?type=missing_in_qdrant&status=open');
    const ofScan = await get(`/drifts?scan_id=${scan_id}&limit=1`);
    const rest = await get(`/drifts?scan_id=${scan_id}&limit=1&cursor=${ofScan.next_cursor}`);

    expect(all.items).toHaveLength(2);
    expect(missing).toEqual({
      items: [
        {
          chunk_id: id(0),
          type: 'missing_in_qdrant',
          cause: 'ghost_delete',
          file_path: 'a.md',
          scan_id,
          first_seen: expect.any(String),
          last_seen: expect.any(String),
          depth: 'vectors',
          status: 'open',
          action: 'copy_to_qdrant',
        },
      ],
    });
    expect([...ofScan.items, ...rest.items]).toEqual(all.items);
    expect((await get('/status')).open_drifts).toEqual({ missing_in_qdrant: 1, content_mismatch: 1 });
  });
});

describe('a chunk', () => {
  test('is explained by all three witnesses and its story', async () => {
    const correlation_id = (await write('a.md', ['one', 'zwei', 'three'])).json.correlation_id;
    await http.damage.setNode(id(1), { content: 'altered' });
    await scan();

    const told = await get(`/chunks/${id(1)}`);

    const lines = { start_line: 1, end_line: 1 };
    const side = {
      stored_hash: contentHash('zwei'),
      version: 2,
      file_path: 'a.md',
      chunk_index: 1,
      ...lines,
    };
    expect(told).toEqual({
      chunk_id: id(1),
      file_path: 'a.md',
      drift: expect.objectContaining({ type: 'content_mismatch', cause: 'altered', status: 'open' }),
      intent: { state: 'present', version: 2, content_hash: contentHash('zwei'), correlation_id },
      graph: { ...side, content_hash: contentHash('altered'), write_id: expect.any(String) },
      vectors: {
        ...side,
        content_hash: contentHash('zwei'),
        write_id: expect.any(String),
        vector: {
          dimension: 384,
          norm: expect.closeTo(1),
          embedding_model: http.edge.world.embedder.model,
          embedded_hash: contentHash('zwei'),
        },
      },
      verdict: { action: 'reconcile_content', cause: 'altered' },
      timeline: expect.any(Array),
      quarantined: false,
    });
    const types = told.timeline.map((event: { event_type: string }) => event.event_type);
    expect(types.filter((type: string) => type === 'write_started')).toHaveLength(2);
    expect(types).toContain('drift_detected');
    const times = told.timeline.map((event: { timestamp: string }) => event.timestamp);
    expect(times).toEqual([...times].sort());
    expect(JSON.stringify(told)).not.toContain('"content":');
  });

  test('that nothing differs about has no verdict', async () => {
    expect(await get(`/chunks/${id(0)}`)).toMatchObject({
      drift: null,
      verdict: null,
      intent: { state: 'present' },
    });
  });

  test('that a shorter document left behind is known to be deleted', async () => {
    const { correlation_id } = (await write('a.md', ['one'])).json;

    const told = await get(`/chunks/${id(2)}`);

    expect(told).toMatchObject({ file_path: 'a.md', graph: null, vectors: null, verdict: null });
    expect(told.intent).toEqual({ state: 'deleted', version: 2, content_hash: null, correlation_id });
  });

  test('that both sides have lost is still known by its document', async () => {
    await http.damage.deletePoints([id(0)]);
    await http.damage.deleteNodes([id(0)]);

    const told = await get(`/chunks/${id(0)}`);

    expect(told.verdict).toEqual({ action: 'skip', cause: 'ghost_delete', reason: 'content_lost' });
  });

  test('that nobody knows is not found', async () => {
    const answer = await http.edge.send('GET', to(`/chunks/${http.edge.world.ids.uuid()}`));

    expect([answer.status, answer.json.code]).toEqual([404, 'not_found']);
  });
});

import { describe, expect, test } from 'vitest';
import { contentHash } from '../../shared/domain/chunk.ts';
import { failing } from '../support/failing.ts';
import { httpProject } from './http-project.ts';

const http = httpProject();
const { id, now, to, write: put } = http;
const at = (file_path: string) => to(`/documents/${file_path}`);
const entry = (file_path: string, chunk_index: number, content: string) => ({
  chunk_id: id(chunk_index, file_path),
  chunk_index,
  content_hash: contentHash(content),
});

describe('GET of a document', () => {
  test('answers its chunks with their texts', async () => {
    await put('a.md', ['one', 'two']);

    const answer = await http.edge.send('GET', at('a.md'));

    expect(answer.headers.etag).toBe('"1"');
    const lines = { start_line: 1, end_line: 1, version: 1 };
    expect(answer.json).toEqual({
      project: http.project,
      file_path: 'a.md',
      version: 1,
      state: 'present',
      at: now(),
      chunks: ['one', 'two'].map((content, index) => ({
        ...entry('a.md', index, content),
        ...lines,
        content,
      })),
    });
  });

  test('shows a text that the graph has lost from the other side, and an altered one not at all', async () => {
    await put('a.md', ['one', 'two']);
    await http.edge.cypher.write(async (run) => {
      await run('MATCH (c:Chunk) WHERE c.chunk_id = $id DETACH DELETE c', { id: id(0, 'a.md') });
      await run('MATCH (c:Chunk) WHERE c.chunk_id = $id SET c.content = $text', {
        id: id(1, 'a.md'),
        text: 'bad',
      });
    });

    const answer = await http.edge.send('GET', at('a.md'));

    expect(answer.json.chunks.map(({ content }: { content: string }) => content)).toEqual(['one', 'two']);
  });

  test('says that a deleted document is deleted, and that one being written is in flight', async () => {
    await put('a.md', ['one']);
    await http.edge.send('DELETE', at('a.md'));
    const open = {
      op_id: 'op',
      kind: 'write' as const,
      correlation_id: http.edge.world.ids.uuid(),
      started_at: now(),
    };
    const seen = {
      project: http.project,
      file_path: 'b.md',
      head: 0,
      committed: 0,
      state: 'absent' as const,
      chunk_count: 0,
    };
    await http.edge.world.documents.reserve(seen, { ...open, deadline: '2030-01-01T00:00:00.000Z' });

    const [deleted, writing] = [
      await http.edge.send('GET', at('a.md')),
      await http.edge.send('GET', at('b.md')),
    ];

    expect(deleted.json).toMatchObject({ version: 2, state: 'deleted', chunks: [] });
    expect(writing.json).toMatchObject({ version: 0, state: 'in_flight', chunks: [] });
  });

  test('folds the events of the document up to a time', async () => {
    await put('a.md', ['one', 'two']);
    const first = now();
    http.edge.world.clock.advance(1000);
    await put('a.md', ['one', 'zwei']);
    const second = now();
    http.edge.world.clock.advance(1000);
    await http.edge.send('DELETE', at('a.md'));
    const third = now();

    const was = async (time: string) => (await http.edge.send('GET', `${at('a.md')}?at=${time}`)).json;

    const lines = { start_line: 1, end_line: 1 };
    expect(await was(first)).toEqual({
      project: http.project,
      file_path: 'a.md',
      version: 1,
      state: 'present',
      at: first,
      chunks: ['one', 'two'].map((text, index) => ({ ...entry('a.md', index, text), ...lines, version: 1 })),
    });
    expect((await was(second)).chunks[1]).toEqual({ ...entry('a.md', 1, 'zwei'), ...lines, version: 2 });
    expect(await was(third)).toMatchObject({ version: 3, state: 'deleted', chunks: [] });
    expect(await was('2020-01-01T00:00:00.000Z')).toMatchObject({ status: 404 });
  });

  test('does not count a write that failed', async () => {
    await put('a.md', ['one']);
    const { world } = failing(http.edge.world, { port: 'vectors', methods: ['apply'] });
    http.edge.world.clock.advance(1000);
    await http.edge.sendOver({ ...http.edge.deps, world }, 'PUT', at('a.md'), {
      body: { chunks: [{ content: 'two' }] },
    });

    const answer = await http.edge.send('GET', `${at('a.md')}?at=${now()}`);

    expect(answer.json).toMatchObject({ state: 'present', chunks: [entry('a.md', 0, 'one')] });
  });
});

describe('GET of documents', () => {
  test('lists them in order of path, a page at a time, now and at a time', async () => {
    await put('b.md', ['one']);
    const before = now();
    http.edge.world.clock.advance(1000);
    await put('a.md', ['one', 'two']);
    await http.edge.send('DELETE', at('b.md'));
    const listing = `/projects/${http.project}/documents`;

    const first = (await http.edge.send('GET', `${listing}?limit=1`)).json;
    const second = (await http.edge.send('GET', `${listing}?limit=1&cursor=${first.next_cursor}`)).json;
    const then = (await http.edge.send('GET', `${listing}?at=${before}`)).json;

    const common = { project: http.project, at: now() };
    expect(first.items).toEqual([
      { ...common, file_path: 'a.md', version: 1, state: 'present', chunk_count: 2 },
    ]);
    expect(second).toEqual({
      items: [{ ...common, file_path: 'b.md', version: 2, state: 'deleted', chunk_count: 0 }],
    });
    expect(then).toEqual({
      items: [
        {
          project: http.project,
          file_path: 'b.md',
          version: 1,
          state: 'present',
          at: before,
          chunk_count: 1,
        },
      ],
    });
  });
});

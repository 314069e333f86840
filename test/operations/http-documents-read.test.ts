import { describe, expect, test } from 'vitest';
import { contentHash } from '../../shared/domain/chunk.ts';
import { type Head, unborn } from '../../shared/domain/document.ts';
import { settleWrites } from '../../shared/operations/settle-writes.ts';
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

/** A write that has reserved a document and not ended yet, nor ever if its process is dead. */
const opened = async (file_path: string, seen?: Head) => {
  const { documents, ids } = http.edge.world;
  const head = seen ?? (await documents.head(http.project, file_path));
  if (!head) throw new Error(`there is no ${file_path}`);
  const open = { op_id: 'op', kind: 'write' as const, correlation_id: ids.uuid(), started_at: now() };
  await documents.reserve(head, { ...open, deadline: now(DEADLINE_MS) });
};
const DEADLINE_MS = 60_000;

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
    await opened('b.md', unborn(http.project, 'b.md'));

    const [deleted, writing] = [
      await http.edge.send('GET', at('a.md')),
      await http.edge.send('GET', at('b.md')),
    ];

    expect(deleted.json).toMatchObject({ version: 2, state: 'deleted', chunks: [] });
    expect(writing.json).toMatchObject({ version: 0, state: 'in_flight', chunks: [] });
  });

  test('says that a write whose process died is in flight until it is settled, as the chunk itself is', async () => {
    await put('a.md', ['one']);
    await opened('a.md');
    http.edge.world.clock.advance(DEADLINE_MS + 1);

    const told = async () => [
      (await http.get('/documents/a.md')).state,
      (await http.get('/documents')).items[0].state,
      (await http.get(`/chunks/${id(0)}`)).intent.state,
    ];
    const dead = await told();
    await settleWrites(http.edge.world, () => 60_000);

    expect(dead).toEqual(['in_flight', 'in_flight', 'in_flight']);
    expect(await told()).toEqual(['present', 'present', 'present']);
  });

  test('of a time to come is refused, for one and for all, but for what clocks may differ', async () => {
    await put('a.md', ['one']);
    const asked = async (rest: string) => {
      const { status, json } = await http.ask(rest);
      return [status, json.errors?.[0].field];
    };

    const [soon, late] = [now(3_000), now(60_000)];
    expect(await asked(`/documents/a.md?at=${soon}`)).toEqual([200, undefined]);
    expect(await asked(`/documents/a.md?at=${late}`)).toEqual([400, 'at']);
    expect(await asked(`/documents?at=${late}`)).toEqual([400, 'at']);
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

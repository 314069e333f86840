import { describe, expect, test } from 'vitest';
import { contentHash } from '../../shared/domain/chunk.ts';
import { failing } from '../support/failing.ts';
import { textsOf } from '../support/stores.ts';
import { httpProject } from './http-project.ts';

const http = httpProject();
const { id, to, write: put } = http;
const at = (file_path: string) => to(`/documents/${file_path}`);
const entry = (file_path: string, chunk_index: number, content: string) => ({
  chunk_id: id(chunk_index, file_path),
  chunk_index,
  content_hash: contentHash(content),
});

describe('PUT of a document', () => {
  test('answers 201 with every chunk, and the version as ETag', async () => {
    const answer = await put('docs/a.md', ['one', 'two']);

    expect(answer.status).toBe(201);
    expect(answer.headers.etag).toBe('"1"');
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer.json).toEqual({
      correlation_id: answer.headers['x-correlation-id'],
      version: 1,
      chunks: ['one', 'two'].map((text, index) => ({
        ...entry('docs/a.md', index, text),
        change: 'created',
      })),
    });
  });

  test('answers 200 for a new version, and names what it removed', async () => {
    await put('a.md', ['one', 'two', 'three']);

    const answer = await put('a.md', ['one', 'zwei']);

    expect(answer.status).toBe(200);
    expect(answer.json.version).toBe(2);
    expect(answer.json.chunks).toEqual([
      { ...entry('a.md', 0, 'one'), change: 'unchanged' },
      { ...entry('a.md', 1, 'zwei'), change: 'updated' },
      { ...entry('a.md', 2, 'three'), change: 'removed' },
    ]);
    expect(await textsOf(http.edge.world, http.project, 'a.md')).toEqual(['one', 'zwei']);
  });

  test('cuts content into pieces that are slices of it', async () => {
    const content = Array.from(
      { length: 60 },
      (_, line) => `Line ${line} says ${'nothing '.repeat(6)}.`,
    ).join('\n\n');

    const answer = await http.edge.send('PUT', at('long.md'), { body: { content } });

    const texts = await textsOf(http.edge.world, http.project, 'long.md');
    expect(answer.json.chunks).toHaveLength(texts.length);
    expect(texts.length).toBeGreaterThan(2);
    expect(texts.every((text) => content.includes(text))).toBe(true);
  });

  test("takes the caller's ids, lines and vectors as they are", async () => {
    const chunk_id = 'aaaaaaaa-0000-4000-8000-000000000001';
    const vector = Array.from({ length: 384 }, (_, index) => (index === 3 ? 1 : 0));
    const chunk = { content: 'mine', chunk_id, start_line: 7, end_line: 9, vector };

    await http.edge.send('PUT', at('own.md'), { body: { chunks: [chunk] } });

    const point = (await http.edge.world.vectors.read(http.project, [chunk_id], { vectors: true })).get(
      chunk_id,
    );
    expect(point).toMatchObject({ start_line: 7, end_line: 9, embedding_model: 'caller', vector });
  });

  test('keeps path and text as they are, whatever letters they hold', async () => {
    const file_path = "日本/naïve file (1) [x] 'q' 100%.md";
    const text = 'NUL \u0000, tab \t, emoji 👩‍👩‍👧, CRLF \r\n, MATCH (n) DETACH DELETE n';

    const answer = await http.edge.send('PUT', at(encodeURIComponent(file_path)), {
      body: { chunks: [{ content: text }] },
    });

    const read = await http.edge.send('GET', at(encodeURIComponent(file_path)));
    expect(answer.status).toBe(201);
    expect(read.json).toMatchObject({ file_path, chunks: [{ content: text }] });
  });

  test('rolls back and answers 503 with Retry-After when a store is down', async () => {
    await put('a.md', ['one']);
    const { world } = failing(http.edge.world, { port: 'vectors', methods: ['apply'] });

    const body = { chunks: [{ content: 'zwei' }] };
    const answer = await http.edge.sendOver({ ...http.edge.deps, world }, 'PUT', at('a.md'), { body });

    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBe('2');
    expect(answer.json).toMatchObject({ code: 'unavailable', title: 'Service Unavailable' });
    expect(answer.text).not.toMatch(/127\.0\.0\.1|localhost|zwei/);
    expect(await textsOf(http.edge.world, http.project, 'a.md')).toEqual(['one']);
  });

  test('answers 500 without a word of what it was about, and keeps none in its events', async () => {
    const embed = (texts: string[]) =>
      Promise.reject(new TypeError(`no vector for ${texts.join()} at 10.0.0.7`));
    const world = { ...http.edge.world, embedder: { ...http.edge.world.embedder, embed } };

    const body = { chunks: [{ content: 'private' }] };
    const answer = await http.edge.sendOver({ ...http.edge.deps, world }, 'PUT', at('a.md'), { body });

    const events = await http.edge.send('GET', `/projects/${http.project}/events`);
    expect([answer.status, answer.json.code]).toEqual([500, 'internal']);
    expect(answer.text + events.text).not.toMatch(/private|10\.0\.0\.7|\bat /);
    const failed = events.json.items.filter(
      (event: { event_type: string }) => event.event_type === 'write_failed',
    );
    expect(failed).toMatchObject([{ error: 'TypeError' }]);
  });
});

describe('preconditions', () => {
  test('If-Match writes only over the version it names', async () => {
    await put('a.md', ['one']);

    const wrong = await put('a.md', ['x'], { 'if-match': '7' });
    const quoted = await put('a.md', ['two'], { 'if-match': '"1"' });
    const bare = await put('a.md', ['three'], { 'if-match': String(quoted.json.version) });

    expect([wrong.status, quoted.status, bare.status]).toEqual([412, 200, 200]);
    expect(wrong.json.code).toBe('precondition_failed');
  });

  test('If-None-Match: * writes only what is not there', async () => {
    const first = await put('a.md', ['one'], { 'if-none-match': '*' });
    const second = await put('a.md', ['two'], { 'if-none-match': '*' });

    expect([first.status, second.status]).toEqual([201, 412]);
    expect(await textsOf(http.edge.world, http.project, 'a.md')).toEqual(['one']);
  });

  test('that do not hold cost the document no version', async () => {
    await put('a.md', ['one']);
    await put('gone.md', ['one']);
    await http.edge.send('DELETE', at('gone.md'));
    const before = await http.edge.items();

    const refused = [
      await put('a.md', ['x'], { 'if-match': '7' }),
      await put('a.md', ['x'], { 'if-none-match': '*' }),
      await http.edge.send('DELETE', at('a.md'), { headers: { 'if-match': '7' } }),
      await put('gone.md', ['x'], { 'if-match': '1' }),
      await http.edge.send('DELETE', at('gone.md'), { headers: { 'if-match': '1' } }),
      await http.edge.send('DELETE', at('never.md'), { headers: { 'if-match': '1' } }),
    ];

    expect(refused.map(({ status }) => status)).toEqual([412, 412, 412, 412, 404, 404]);
    expect(await http.edge.items()).toEqual(before);
  });

  test('are asked again under the reservation: of two that suppose the same, one is refused', async () => {
    await put('a.md', ['one']);

    // On a busy machine the later one may be told to come again first.
    const persistent = async (text: string): Promise<number> => {
      const { status } = await put('a.md', [text], { 'if-match': '1' });
      return status === 409 ? await persistent(text) : status;
    };
    const answers = await Promise.all(['two', 'three'].map(persistent));

    expect(answers.sort()).toEqual([200, 412]);
  });

  test('If-Match on what is not there is refused and registers nothing', async () => {
    const before = await http.edge.items();

    const answer = await put('a.md', ['one'], { 'if-match': '1' });

    expect(answer.status).toBe(412);
    expect(await http.edge.items()).toEqual(before);
  });
});

describe('DELETE of a document', () => {
  test('removes it from both sides and answers what went', async () => {
    await put('a.md', ['one', 'two']);

    const answer = await http.edge.send('DELETE', at('a.md'));

    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      correlation_id: answer.headers['x-correlation-id'],
      version: 2,
      chunks: ['one', 'two'].map((text, index) => ({ ...entry('a.md', index, text), change: 'removed' })),
    });
    expect(await textsOf(http.edge.world, http.project, 'a.md')).toEqual([]);
  });

  test('answers 404 for what is not there, and leaves no trace', async () => {
    await put('a.md', ['one']);
    const before = await http.edge.items();

    const answers = [
      await http.edge.send('DELETE', at('b.md')),
      await http.edge.send('DELETE', '/projects/none/documents/a.md'),
    ];

    expect(answers.map(({ status }) => status)).toEqual([404, 404]);
    expect(await http.edge.items()).toEqual(before);
  });
});

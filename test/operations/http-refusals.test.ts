import { beforeEach, describe, expect, test } from 'vitest';
import { httpProject } from './http-project.ts';

const http = httpProject();
const { get, id, post, settings, to, write } = http;

beforeEach(async () => {
  await write('a.md', ['one']);
});

const put = (path: string, body: unknown, headers = {}) =>
  http.edge.send('PUT', to(`/documents/${path}`), { body, headers });
const one = { chunks: [{ content: 'one' }] };

describe('what a refusal says', () => {
  test.each([
    ['e%CC%81.md', one, 'file_path must be in Unicode normalization form C'],
    ['b.md', { chunks: Array(10_001).fill({ content: 'x' }) }, 'chunks must hold at most 10000 chunks'],
    ['b.md', {}, 'content must be given, or chunks in its place, and not both'],
    ['b.md', { chunks: [{}, {}] }, 'chunks[0].content is missing (and 1 more in errors)'],
    ['b.md', { chunks: [{ content: 'x', vector: [1] }] }, 'chunks[0].vector has 1 numbers; project'],
  ])('is in its detail what its first field is told: %s', async (path, body, detail) => {
    const { status, json } = await put(path, body);

    expect(status).toBe(400);
    expect(json.detail).toContain(detail);
    expect(json.detail).toContain(json.errors[0].message);
  });

  test('of a precondition names the header', async () => {
    const wrong = await put('a.md', one, { 'if-match': '7' });
    const there = await put('a.md', one, { 'if-none-match': '*' });

    expect(wrong.json.errors).toEqual([
      { field: 'if-match', message: 'does not hold: the document is at version 1' },
    ]);
    expect(there.json.errors).toMatchObject([{ field: 'if-none-match' }]);
  });

  test('of a key that was used for something else names the header', async () => {
    const headers = { 'idempotency-key': `key-${http.project}` };
    await put('b.md', one, headers);

    const { status, json } = await put('c.md', one, headers);

    expect([status, json.errors]).toEqual([422, [{ field: 'idempotency-key', message: json.detail }]]);
  });

  test("of another document's chunk names the chunk", async () => {
    const body = { chunks: [{ content: 'new' }, { content: 'mine', chunk_id: id(0) }] };

    const { status, json } = await put('b.md', body);

    expect([status, json.code, json.file_path]).toEqual([409, 'chunk_owned', 'a.md']);
    expect(json.errors).toMatchObject([{ field: 'chunks[1].chunk_id' }]);
  });

  test('of a scan that is running, or can not be steered so, names the field', async () => {
    const { scan_id } = (await post('/scans', { depth: 'content' })).json;

    const again = (await post('/scans', { depth: 'content' })).json;
    await http.edge.deliver();
    const late = await http.edge.send('PATCH', to(`/scans/${scan_id}`), { body: { action: 'pause' } });

    expect([again.status, again.scan_id, again.errors[0].field]).toEqual([409, scan_id, 'depth']);
    expect([late.status, late.json.errors[0].field]).toEqual([409, 'action']);
  });

  test('of a repair while only observing says the way out', async () => {
    const asked = (await post('/repairs', { chunk_ids: [id(0)] })).json;
    await settings({ mode: 'plan' });

    expect(asked).toMatchObject({ status: 409, code: 'observe', errors: [{ field: 'dry_run' }] });
    expect(asked.detail).toMatch(/set its mode to plan or auto .*dry_run/);
    expect((await post('/repairs', { chunk_ids: [id(0)] })).status).toBe(202);
  });

  test('of a path where nothing is names those to begin at', async () => {
    const { json } = await http.edge.send('GET', '/');

    expect(json.detail).toMatch('/health or /projects');
  });
});

describe('HEAD', () => {
  test('is answered as GET is, without a body', async () => {
    const paths = ['/health', '/projects', to('/status'), to('/documents/a.md'), to('/documents/nothing.md')];
    for (const path of paths) {
      const [whole, head] = [await http.edge.send('GET', path), await http.edge.send('HEAD', path)];

      expect([head.status, head.text]).toEqual([whole.status, '']);
      expect(Object.keys(head.headers)).toEqual(Object.keys(whole.headers));
      expect(head.headers.etag).toBe(whole.headers.etag);
    }
  });

  test('is refused where there is no GET', async () => {
    const answer = await http.edge.send('HEAD', to(''));

    expect([answer.status, answer.headers.allow, answer.text]).toEqual([405, 'PUT', '']);
  });
});

describe('an id', () => {
  const LETTERS = 'abcdefab-cdef-4abc-8def-abcdefabcdef';
  const SHOUTED = LETTERS.toUpperCase();

  test('is the same in any spelling, and canonical on both sides and in every answer', async () => {
    const body = { chunks: [{ content: 'mine', chunk_id: SHOUTED }] };

    const written = await put('b.md', body, { 'x-correlation-id': SHOUTED });

    expect(written.headers['x-correlation-id']).toBe(LETTERS);
    expect(written.json).toMatchObject({ correlation_id: LETTERS, chunks: [{ chunk_id: LETTERS }] });
    for (const side of ['graph', 'vectors'] as const)
      expect((await http.edge.world[side].read(http.project, [LETTERS])).has(LETTERS)).toBe(true);
    expect(await get(`/chunks/${SHOUTED}`)).toMatchObject({ chunk_id: LETTERS, verdict: null });
    const events = await http.edge.send('GET', `/events?correlation_id=${SHOUTED}`);
    expect(events.json.items.length).toBeGreaterThan(3);
    const tried = await post('/repairs', { chunk_ids: [SHOUTED], dry_run: true });
    expect(tried.json.verdicts).toMatchObject([{ chunk_id: LETTERS, reason: 'nothing_to_do' }]);
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signedCursors } from '../../shared/adapters/cursors.ts';
import { chunkId } from '../../shared/domain/chunk.ts';
import { type Edge, localEdge, type Sent } from './http-edge.ts';

// A hundred requests that must be refused: each names its fault, and none of them leaves anything anywhere.

const KNOWN = 'known';
const P = `/projects/${KNOWN}`;
const DOC = `${P}/documents/a.md`;
const ID = '00000000-0000-4000-8000-000000000001';
const ok = { body: { content: 'text' } };
const chunks = (...given: object[]): Sent => ({ body: { chunks: given } });
const ones = (length: number) => new Array(length).fill(1);
const key = (value: string): Sent => ({ ...ok, headers: { 'idempotency-key': value } });
const foreignCursor = signedCursors('another secret').seal('["projects"]', 'known');
const DEEP = `{"content":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;

type Case = [title: string, method: string, path: string, sent: Sent, status: number, fault: string];

/** `fault` is the field that the problem names, or after a # its code. */
const NAMES: Case[] = [
  ['a project in capitals', 'PUT', '/projects/Known/documents/a.md', ok, 400, 'project'],
  ['a project that begins with a dash', 'PUT', '/projects/-known/documents/a.md', ok, 400, 'project'],
  ['a project of 64 letters', 'PUT', `/projects/${'a'.repeat(64)}/documents/a.md`, ok, 400, 'project'],
  ['a project with a dot', 'GET', '/projects/a.b/status', {}, 400, 'project'],
  ['a project with a line end', 'GET', '/projects/known%0A/status', {}, 400, 'project'],
  ['a project with NUL', 'PUT', '/projects/known%00', { body: {} }, 400, 'project'],
  [
    'a project that looks like Cypher',
    'PUT',
    '/projects/x%27)%20DETACH%20DELETE%20(n',
    { body: {} },
    400,
    'project',
  ],
  ['a project that looks like a path', 'PUT', '/projects/..', { body: {} }, 400, 'project'],
  ['a project with a backtick', 'PUT', '/projects/a%60b', { body: {} }, 400, 'project'],
  [
    'a project in letters that only look Latin',
    'GET',
    `/projects/${encodeURIComponent('рroject')}/status`,
    {},
    400,
    'project',
  ],
  ['an empty project', 'PUT', '/projects//documents/a.md', ok, 400, 'project'],
  ['an empty file path', 'PUT', `${P}/documents/`, ok, 400, 'file_path'],
  ['a file path that climbs', 'PUT', `${P}/documents/../secret`, ok, 400, 'file_path'],
  ['a file path that climbs in disguise', 'PUT', `${P}/documents/a/%2e%2e/b`, ok, 400, 'file_path'],
  [
    'a file path that climbs behind an encoded slash',
    'PUT',
    `${P}/documents/a%2F..%2Fb`,
    ok,
    400,
    'file_path',
  ],
  ['a file path with a dot segment', 'PUT', `${P}/documents/a/./b`, ok, 400, 'file_path'],
  ['a file path with an empty segment', 'PUT', `${P}/documents/a//b`, ok, 400, 'file_path'],
  ['a file path from the root', 'PUT', `${P}/documents//etc/passwd`, ok, 400, 'file_path'],
  ['a file path that ends in a slash', 'PUT', `${P}/documents/a/`, ok, 400, 'file_path'],
  ['a file path with NUL', 'PUT', `${P}/documents/a%00.md`, ok, 400, 'file_path'],
  ['a file path with an escape', 'PUT', `${P}/documents/a%1b[2J.md`, ok, 400, 'file_path'],
  ['a file path with a C1 control', 'PUT', `${P}/documents/a%C2%85.md`, ok, 400, 'file_path'],
  ['a file path of 1025 bytes', 'PUT', `${P}/documents/${'a'.repeat(1025)}`, ok, 400, 'file_path'],
  [
    'a file path of 342 three-byte letters',
    'PUT',
    `${P}/documents/${encodeURIComponent('語'.repeat(342))}`,
    ok,
    400,
    'file_path',
  ],
  [
    'a file path in decomposed form',
    'PUT',
    `${P}/documents/${encodeURIComponent('e\u0301.md')}`,
    ok,
    400,
    'file_path',
  ],
  ['a % that encodes nothing', 'PUT', `${P}/documents/a%zz`, ok, 400, 'path'],
  ['a % at the end', 'GET', `${P}/documents/a%`, {}, 400, 'path'],
  ['bytes that are not UTF-8', 'PUT', `${P}/documents/%ff%fe`, ok, 400, 'path'],
  ['an overlong encoding of a slash', 'PUT', `${P}/documents/a%c0%af..`, ok, 400, 'path'],
  ['an encoded half of a surrogate pair', 'PUT', `${P}/documents/%ed%a0%80`, ok, 400, 'path'],
];

const IDS: Case[] = [
  [
    'a chunk id in capitals',
    'PUT',
    DOC,
    chunks({ content: 'x', chunk_id: 'AAAAAAAA-0000-4000-8000-000000000001' }),
    400,
    'chunks[0].chunk_id',
  ],
  [
    'a chunk id without dashes',
    'PUT',
    DOC,
    chunks({ content: 'x', chunk_id: ID.replaceAll('-', '') }),
    400,
    'chunks[0].chunk_id',
  ],
  [
    'a chunk id that is a number',
    'PUT',
    DOC,
    chunks({ content: 'x', chunk_id: 7 }),
    400,
    'chunks[0].chunk_id',
  ],
  [
    'a chunk id in braces',
    'PUT',
    DOC,
    chunks({ content: 'x', chunk_id: `{${ID}}` }),
    400,
    'chunks[0].chunk_id',
  ],
  [
    'a chunk id twice',
    'PUT',
    DOC,
    chunks({ content: 'x', chunk_id: ID }, { content: 'y', chunk_id: ID }),
    400,
    'chunks[1].chunk_id',
  ],
  [
    "a chunk id that is another chunk's place",
    'PUT',
    DOC,
    chunks({ content: 'x', chunk_id: chunkId(KNOWN, 'a.md', 1) }, { content: 'y' }),
    400,
    'chunks[1].chunk_id',
  ],
  ['an unusable chunk id to explain', 'GET', `${P}/chunks/1%20OR%201=1`, {}, 400, 'id'],
  ['an unusable scan id', 'GET', `${P}/scans/latest`, {}, 400, 'id'],
  ['an unusable repair id', 'GET', `${P}/repairs/${ID.toUpperCase()}x`, {}, 400, 'id'],
  ['an unusable quarantine id', 'POST', `${P}/quarantine/../restore`, {}, 400, 'id'],
  [
    'an unusable correlation id',
    'PUT',
    DOC,
    { ...ok, headers: { 'x-correlation-id': 'mine' } },
    400,
    'x-correlation-id',
  ],
  [
    'a correlation id to ask for that is none',
    'GET',
    '/events?correlation_id=%27',
    {},
    400,
    'correlation_id',
  ],
  ['no correlation id to ask for', 'GET', '/events', {}, 400, 'correlation_id'],
  [
    'ids to repair that are no ids',
    'POST',
    `${P}/repairs`,
    { body: { chunk_ids: ['x'] } },
    400,
    'chunk_ids[0]',
  ],
  ['no ids to repair', 'POST', `${P}/repairs`, { body: { chunk_ids: [] } }, 400, 'chunk_ids'],
  [
    '1001 ids to repair',
    'POST',
    `${P}/repairs`,
    { body: { chunk_ids: ones(1001).map(() => ID) } },
    400,
    'chunk_ids',
  ],
  ['an id to repair twice', 'POST', `${P}/repairs`, { body: { chunk_ids: [ID, ID] } }, 400, 'chunk_ids'],
  [
    'a plan hash that is none',
    'POST',
    `${P}/repairs`,
    { body: { approval_id: ID, plan_hash: 'x', decision: 'approve' } },
    400,
    'plan_hash',
  ],
  [
    'an approval and ids at once',
    'POST',
    `${P}/repairs`,
    { body: { approval_id: ID, plan_hash: '0'.repeat(32), decision: 'approve', chunk_ids: [ID] } },
    400,
    'chunk_ids',
  ],
  ['an idempotency key with a space', 'PUT', DOC, key('two words'), 400, 'idempotency-key'],
  ['an empty idempotency key', 'PUT', DOC, key(''), 400, 'idempotency-key'],
  ['an idempotency key of 256 letters', 'PUT', DOC, key('k'.repeat(256)), 400, 'idempotency-key'],
  [
    'an If-Match that is no version',
    'PUT',
    DOC,
    { ...ok, headers: { 'if-match': 'W/"1"' } },
    400,
    'if-match',
  ],
  [
    'an If-None-Match that is not *',
    'PUT',
    DOC,
    { ...ok, headers: { 'if-none-match': '"1"' } },
    400,
    'if-none-match',
  ],
  [
    'both preconditions',
    'PUT',
    DOC,
    { ...ok, headers: { 'if-match': '1', 'if-none-match': '*' } },
    400,
    'if-match',
  ],
];

const BODIES: Case[] = [
  ['no body', 'PUT', DOC, {}, 400, 'content'],
  ['nothing in it', 'PUT', DOC, { body: {} }, 400, 'content'],
  ['no text', 'PUT', DOC, { body: { content: '' } }, 400, 'content'],
  ['only white space', 'PUT', DOC, { body: { content: ' \n\t\u00a0\u2003 ' } }, 400, 'content'],
  [
    'text and chunks at once',
    'PUT',
    DOC,
    { body: { content: 'x', chunks: [{ content: 'x' }] } },
    400,
    'content',
  ],
  ['text that is a number', 'PUT', DOC, { body: { content: 7 } }, 400, 'content'],
  ['no chunks', 'PUT', DOC, chunks(), 400, 'chunks'],
  ['an empty chunk', 'PUT', DOC, chunks({ content: 'x' }, { content: '' }), 400, 'chunks[1].content'],
  ['a chunk without text', 'PUT', DOC, chunks({}), 400, 'chunks[0].content'],
  ['chunks that are no list', 'PUT', DOC, { body: { chunks: { 0: { content: 'x' } } } }, 400, 'chunks'],
  ['10001 chunks', 'PUT', DOC, chunks(...ones(10_001).map(() => ({ content: 'x' }))), 400, 'chunks'],
  ['half a surrogate pair', 'PUT', DOC, { raw: '{"content":"x\\ud83d"}' }, 400, 'content'],
  [
    'half a surrogate pair in a chunk',
    'PUT',
    DOC,
    { raw: '{"chunks":[{"content":"\\udc00x"}]}' },
    400,
    'chunks[0].content',
  ],
  [
    'text larger than 5 MB',
    'PUT',
    DOC,
    { body: { content: 'x'.repeat(5 * 1024 * 1024 + 1) } },
    413,
    '#too_large',
  ],
  [
    'chunks larger than 5 MB',
    'PUT',
    DOC,
    chunks({ content: 'x'.repeat(3e6) }, { content: 'y'.repeat(3e6) }),
    413,
    '#too_large',
  ],
  ['a body larger than 6 MB', 'PUT', DOC, { raw: new Uint8Array(6 * 1024 * 1024 + 1) }, 413, '#too_large'],
  ['an unknown field', 'PUT', DOC, { body: { content: 'x', project: 'other' } }, 400, 'project'],
  [
    'an unknown field of a chunk',
    'PUT',
    DOC,
    chunks({ content: 'x', metadata: {} }),
    400,
    'chunks[0].metadata',
  ],
  ['a prototype', 'PUT', DOC, { raw: '{"content":"x","__proto__":{"admin":true}}' }, 400, '__proto__'],
  [
    'a constructor',
    'PUT',
    DOC,
    { raw: '{"content":"x","constructor":{"prototype":{}}}' },
    400,
    'constructor',
  ],
  ['a key twice', 'PUT', DOC, { raw: '{"content":"x","content":"y"}' }, 400, 'body'],
  [
    'a key twice in disguise',
    'PUT',
    DOC,
    { raw: '{"chunks":[{"content":"x","\\u0063ontent":"y"}]}' },
    400,
    'body',
  ],
  ['JSON that is cut off', 'PUT', DOC, { raw: '{"content":"x"' }, 400, 'body'],
  ['JSON with a comment', 'PUT', DOC, { raw: '{"content":"x"} // y' }, 400, 'body'],
  ['NaN', 'PUT', DOC, { raw: '{"chunks":[{"content":"x","start_line":NaN}]}' }, 400, 'body'],
  ['a list for a body', 'PUT', DOC, { body: [{ content: 'x' }] }, 400, 'body'],
  ['null for a body', 'PUT', DOC, { raw: 'null' }, 400, 'body'],
  ['a byte order mark', 'PUT', DOC, { raw: '\ufeff{"content":"x"}' }, 400, 'body'],
  ['a body in Latin-1', 'PUT', DOC, { raw: Buffer.from('{"content":"é"}', 'latin1') }, 400, 'body'],
  ['a body in UTF-16', 'PUT', DOC, { raw: Buffer.from('{"content":"x"}', 'utf16le') }, 400, 'body'],
  ['100000 brackets', 'PUT', DOC, { raw: DEEP }, 400, 'body'],
  [
    'a form',
    'PUT',
    DOC,
    { raw: 'content=x', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    415,
    '#unsupported_media_type',
  ],
  [
    'plain text',
    'PUT',
    DOC,
    { raw: '{"content":"x"}', headers: { 'content-type': 'text/plain' } },
    415,
    '#unsupported_media_type',
  ],
  [
    'JSON in another charset',
    'PUT',
    DOC,
    { ...ok, headers: { 'content-type': 'application/json; charset=utf-16' } },
    415,
    '#unsupported_media_type',
  ],
  [
    'a compressed body',
    'PUT',
    DOC,
    { ...ok, headers: { 'content-encoding': 'gzip' } },
    415,
    '#unsupported_media_type',
  ],
  [
    'a line before the first',
    'PUT',
    DOC,
    chunks({ content: 'x', start_line: 0 }),
    400,
    'chunks[0].start_line',
  ],
  ['half a line', 'PUT', DOC, chunks({ content: 'x', start_line: 1.5 }), 400, 'chunks[0].start_line'],
  [
    'lines the wrong way round',
    'PUT',
    DOC,
    chunks({ content: 'x', start_line: 9, end_line: 8 }),
    400,
    'chunks[0].end_line',
  ],
  [
    'a vector of another dimension',
    'PUT',
    DOC,
    chunks({ content: 'x', vector: ones(383) }),
    400,
    'chunks[0].vector',
  ],
  ['an empty vector', 'PUT', DOC, chunks({ content: 'x', vector: [] }), 400, 'chunks[0].vector'],
  [
    'a vector of zeros',
    'PUT',
    DOC,
    chunks({ content: 'x', vector: new Array(384).fill(0) }),
    400,
    'chunks[0].vector',
  ],
  [
    'a vector that is zero in 32 bits',
    'PUT',
    DOC,
    chunks({ content: 'x', vector: new Array(384).fill(1e-60) }),
    400,
    'chunks[0].vector',
  ],
  [
    'a vector beyond 32 bits',
    'PUT',
    DOC,
    chunks({ content: 'x', vector: [...ones(383), 1e39] }),
    400,
    'chunks[0].vector',
  ],
  [
    'a vector with an infinite number',
    'PUT',
    DOC,
    { raw: '{"chunks":[{"content":"x","vector":[1e999]}]}' },
    400,
    'chunks[0].vector[0]',
  ],
  ['a vector of strings', 'PUT', DOC, chunks({ content: 'x', vector: ['1'] }), 400, 'chunks[0].vector[0]'],
  [
    'a dimension that nobody has, for a new project',
    'PUT',
    '/projects/fresh/documents/a.md',
    chunks({ content: 'x', vector: [1, 2, 3] }),
    400,
    'chunks[0].vector',
  ],
];

const QUERIES: Case[] = [
  ['a limit of 0', 'GET', '/projects?limit=0', {}, 400, 'limit'],
  ['a limit of 1001', 'GET', `${P}/documents?limit=1001`, {}, 400, 'limit'],
  ['a huge limit', 'GET', `${P}/events?limit=99999999999999999999`, {}, 400, 'limit'],
  ['a negative limit', 'GET', `${P}/scans?limit=-1`, {}, 400, 'limit'],
  ['a limit that is no number', 'GET', `${P}/repairs?limit=all`, {}, 400, 'limit'],
  ['a limit twice', 'GET', `${P}/drifts?limit=1&limit=2`, {}, 400, 'limit'],
  ['a cursor made up', 'GET', `${P}/documents?cursor=abc`, {}, 400, 'cursor'],
  ['a cursor signed by someone else', 'GET', `/projects?cursor=${foreignCursor}`, {}, 400, 'cursor'],
  ['an empty cursor', 'GET', `${P}/events?cursor=`, {}, 400, 'cursor'],
  ['a cursor of 5000 letters', 'GET', `${P}/drifts?cursor=${'a'.repeat(5000)}`, {}, 400, 'cursor'],
  ['a time without milliseconds', 'GET', `${P}/events?since=2026-11-24T12:00:00Z`, {}, 400, 'since'],
  ['a time with an offset', 'GET', `${P}/documents?at=2026-11-24T12:00:00.000%2B01:00`, {}, 400, 'at'],
  ['the 30th of February', 'GET', `${P}/failures?since=2026-02-30T12:00:00.000Z`, {}, 400, 'since'],
  ['a time that is a number', 'GET', `${DOC}?at=1764000000`, {}, 400, 'at'],
  [
    'until before since',
    'GET',
    `${P}/events?since=2026-11-25T00:00:00.000Z&until=2026-11-24T00:00:00.000Z`,
    {},
    400,
    'until',
  ],
  ['an unknown event type', 'GET', `${P}/events?event_type=everything`, {}, 400, 'event_type'],
  ['an unknown drift type', 'GET', `${P}/drifts?type=bad`, {}, 400, 'type'],
  ['an unknown drift status', 'GET', `${P}/drifts?status=closed`, {}, 400, 'status'],
  ['an unknown parameter', 'GET', `${P}/status?verbose=1`, {}, 400, 'verbose'],
  ['a parameter of a write', 'PUT', `${DOC}?force=true`, ok, 400, 'force'],
  ['a parameter that encodes nothing', 'GET', `${P}/drifts?status=%zz`, {}, 400, 'status'],
  ['an unknown depth', 'POST', `${P}/scans`, { body: { depth: 'deep' } }, 400, 'depth'],
  ['an unknown steering', 'PATCH', `${P}/scans/${ID}`, { body: { action: 'stop' } }, 400, 'action'],
  ['an unknown setting', 'PUT', `${P}/settings`, { body: { grace: 1 } }, 400, 'grace'],
  ['an unknown mode', 'PUT', `${P}/settings`, { body: { mode: 'AUTO' } }, 400, 'mode'],
  [
    'a negative percentage',
    'PUT',
    `${P}/settings`,
    { body: { alert_above_percent: -1 } },
    400,
    'alert_above_percent',
  ],
  ['no grace at all', 'PUT', `${P}/settings`, { body: { grace_seconds: 0 } }, 400, 'grace_seconds'],
  [
    'a setting that is a string',
    'PUT',
    `${P}/settings`,
    { body: { repairs_per_minute: '10' } },
    400,
    'repairs_per_minute',
  ],
  [
    'settings that contradict each other',
    'PUT',
    `${P}/settings`,
    { body: { synchronized_below_percent: 9 } },
    400,
    'synchronized_below_percent',
  ],
  [
    'an unknown dependency',
    'PUT',
    `${P}/breakers`,
    { body: { dependency: 'state', override: 'open' } },
    400,
    'dependency',
  ],
  [
    'an unknown authority',
    'POST',
    `${P}/repairs`,
    { body: { chunk_ids: [ID], authority: 'me' } },
    400,
    'authority',
  ],
  ['adopt that is a string', 'PUT', P, { body: { adopt: 'yes' } }, 400, 'adopt'],
];

const ABSENT: Case[] = [
  ['an unknown path', 'GET', '/project', {}, 404, '#no_such_route'],
  ['a path with a slash too many', 'GET', '/health/', {}, 404, '#no_such_route'],
  ['a path that climbs', 'GET', '/projects/known/../../etc/passwd', {}, 404, '#no_such_route'],
  ['a method that is not there', 'DELETE', P, {}, 405, '#method_not_allowed'],
  ['POST of a document', 'POST', DOC, ok, 405, '#method_not_allowed'],
  ['HEAD', 'HEAD', DOC, {}, 405, '#method_not_allowed'],
  ['OPTIONS', 'OPTIONS', `${P}/scans`, {}, 405, '#method_not_allowed'],
  ['the status of an unknown project', 'GET', '/projects/nobody/status', {}, 404, '#not_found'],
  ['the documents of an unknown project', 'GET', '/projects/nobody/documents', {}, 404, '#not_found'],
  [
    'the settings of an unknown project',
    'PUT',
    '/projects/nobody/settings',
    { body: { mode: 'auto' } },
    404,
    '#not_found',
  ],
  [
    'a scan of an unknown project',
    'POST',
    '/projects/nobody/scans',
    { body: { depth: 'content' } },
    404,
    '#not_found',
  ],
  [
    'repairs in an unknown project',
    'POST',
    '/projects/nobody/repairs',
    { body: { chunk_ids: [ID] } },
    404,
    '#not_found',
  ],
  [
    'an approval in an unknown project',
    'POST',
    '/projects/nobody/repairs',
    { body: { approval_id: ID, plan_hash: '0'.repeat(32), decision: 'approve' } },
    404,
    '#not_found',
  ],
  [
    'a breaker of an unknown project',
    'PUT',
    '/projects/nobody/breakers',
    { body: { dependency: 'graph', override: 'open' } },
    404,
    '#not_found',
  ],
  ['events of an unknown project', 'GET', '/projects/nobody/events', {}, 404, '#not_found'],
  ['failures of an unknown project', 'GET', '/projects/nobody/failures', {}, 404, '#not_found'],
  ['drifts of an unknown project', 'GET', '/projects/nobody/drifts', {}, 404, '#not_found'],
  ['the quarantine of an unknown project', 'GET', '/projects/nobody/quarantine', {}, 404, '#not_found'],
  ['removal from an unknown project', 'DELETE', '/projects/nobody/documents/a.md', {}, 404, '#not_found'],
  ['an unknown document', 'GET', `${P}/documents/nothing.md`, {}, 404, '#not_found'],
  ['an unknown document, removed', 'DELETE', `${P}/documents/nothing.md`, {}, 404, '#not_found'],
  ['an unknown chunk', 'GET', `${P}/chunks/${ID}`, {}, 404, '#not_found'],
  ['an unknown scan', 'GET', `${P}/scans/${ID}`, {}, 404, '#not_found'],
  [
    'an unknown scan, cancelled',
    'PATCH',
    `${P}/scans/${ID}`,
    { body: { action: 'cancel' } },
    404,
    '#not_found',
  ],
  ['an unknown repair', 'GET', `${P}/repairs/${ID}`, {}, 404, '#not_found'],
  ['an unknown entry of the quarantine', 'POST', `${P}/quarantine/${ID}/restore`, {}, 404, '#not_found'],
  [
    'an approval that nobody asked for',
    'POST',
    `${P}/repairs`,
    { body: { approval_id: ID, plan_hash: '0'.repeat(32), decision: 'reject' } },
    409,
    '#approval_changed',
  ],
];

const CASES = [...NAMES, ...IDS, ...BODIES, ...QUERIES, ...ABSENT];

let edge: Edge;
let before: string;

beforeAll(async () => {
  edge = await localEdge();
  await edge.send('PUT', DOC, { body: { content: 'The text that must stay as it is.' } });
  before = await stored();
});
afterAll(() => edge.stop());

/** Everything that stands anywhere: both tables, every node, every point of every collection. */
const stored = async (): Promise<string> => {
  const nodes = await edge.cypher.run('MATCH (n) RETURN properties(n) AS properties');
  const { result } = await (await fetch(`${edge.qdrantUrl}/collections`)).json();
  const points = [];
  for (const { name } of result.collections) points.push(name, await pointsOf(name));
  return JSON.stringify([
    [...(await edge.items())].sort(),
    nodes.map((row) => JSON.stringify(row)).sort(),
    points,
  ]);
};

const pointsOf = async (collection: string) => {
  const body = JSON.stringify({ limit: 1000, with_payload: true, with_vector: true });
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${edge.qdrantUrl}/collections/${collection}/points/scroll`, {
    method: 'POST',
    headers,
    body,
  });
  return (await answer.json()).result.points;
};

describe('bad input', () => {
  test.each(CASES)(
    '%s is refused by name and leaves nothing',
    async (_, method, path, sent, status, fault) => {
      const answer = await edge.send(method, path, sent);

      expect(answer.status).toBe(status);
      expect(answer.headers['content-type']).toBe('application/problem+json');
      expect(answer.json).toMatchObject({
        type: 'about:blank',
        title: expect.stringMatching(/^\w/),
        status,
        detail: expect.stringMatching(/\w/),
        correlation_id: answer.headers['x-correlation-id'],
      });
      if (fault.startsWith('#')) expect(answer.json.code).toBe(fault.slice(1));
      else expect(answer.json.errors).toContainEqual({ field: fault, message: expect.stringMatching(/\w/) });
      expect(await stored()).toBe(before);
    },
  );

  test('is at least sixty cases', () => {
    expect(CASES.length).toBeGreaterThanOrEqual(60);
  });

  test('of a method is answered with those that are there', async () => {
    const answer = await edge.send('POST', DOC, ok);

    expect(answer.headers.allow).toBe('DELETE, GET, PUT');
  });

  test('is named field by field, twenty at most', async () => {
    const answer = await edge.send('PUT', DOC, chunks(...ones(500).map(() => ({ content: 1, more: 2 }))));

    expect(answer.json.errors).toHaveLength(20);
  });
});

// Requests that must be refused, each with the fault that the problem names: a field, or after a # its code.

import { signedCursors } from '../../shared/adapters/cursors.ts';
import { chunkId } from '../../shared/domain/chunk.ts';
import type { Sent } from './http-edge.ts';

export type Case = [title: string, method: string, path: string, sent: Sent, status: number, fault: string];

export const KNOWN = 'known';
const P = `/projects/${KNOWN}`;
export const DOC = `${P}/documents/a.md`;
const ID = '00000000-0000-4000-8000-000000000001';
const HASH = '0'.repeat(32);
const enc = encodeURIComponent;

export const ok: Sent = { body: { content: 'text' } };
export const chunks = (...given: object[]): Sent => ({ body: { chunks: given } });
export const ones = (length: number): number[] => new Array(length).fill(1);

// Each of these makes one kind of request, so that a row says only what is wrong with it.
const name = (title: string, project: string): Case => [
  title,
  'PUT',
  `/projects/${project}`,
  {},
  400,
  'project',
];
const path = (title: string, of: string, fault = 'file_path'): Case => [
  title,
  'PUT',
  `${P}/documents/${of}`,
  ok,
  400,
  fault,
];
const header = (title: string, of: string, value: string): Case => [
  title,
  'PUT',
  DOC,
  { ...ok, headers: { [of]: value } },
  400,
  of,
];
const chunk = (title: string, of: object, field: string): Case => [
  title,
  'PUT',
  DOC,
  chunks(of),
  400,
  `chunks[0].${field}`,
];
const text = (title: string, body: object, fault = 'content'): Case => [
  title,
  'PUT',
  DOC,
  { body },
  400,
  fault,
];
const raw = (title: string, of: string | Uint8Array, fault = 'body'): Case => [
  title,
  'PUT',
  DOC,
  { raw: of },
  400,
  fault,
];
const large = (title: string, sent: Sent): Case => [title, 'PUT', DOC, sent, 413, '#too_large'];
const kind = (title: string, headers: Record<string, string>): Case => [
  title,
  'PUT',
  DOC,
  { ...ok, headers },
  415,
  '#unsupported_media_type',
];
const get = (title: string, of: string, field: string): Case => [title, 'GET', of, {}, 400, field];
const put = (title: string, of: string, body: object, field: string): Case => [
  title,
  'PUT',
  of,
  { body },
  400,
  field,
];
const repairs = (title: string, body: object, field: string): Case => [
  title,
  'POST',
  `${P}/repairs`,
  { body },
  400,
  field,
];
const absent = (title: string, method: string, of: string, body?: object): Case => [
  title,
  method,
  of,
  body ? { body } : {},
  404,
  '#not_found',
];
const method = (title: string, of: string, where: string): Case => [
  title,
  of,
  where,
  {},
  405,
  '#method_not_allowed',
];
const nowhere = (title: string, of: string): Case => [title, 'GET', of, {}, 404, '#no_such_route'];

const NAMES: Case[] = [
  name('a project in capitals', 'Known'),
  name('a project that begins with a dash', '-known'),
  name('a project of 64 letters', 'a'.repeat(64)),
  name('a project with a dot', 'a.b'),
  name('a project with a line end', 'known%0A'),
  name('a project with NUL', 'known%00'),
  name('a project that looks like Cypher', 'x%27)%20DETACH%20DELETE%20(n'),
  name('a project that looks like a path', '..'),
  name('a project with a backtick', 'a%60b'),
  name('a project in letters that only look Latin', enc('рroject')),
  ['an empty project', 'PUT', '/projects//documents/a.md', ok, 400, 'project'],
  path('an empty file path', ''),
  path('a file path that climbs', '../secret'),
  path('a file path that climbs in disguise', 'a/%2e%2e/b'),
  path('a file path that climbs behind an encoded slash', 'a%2F..%2Fb'),
  path('a file path with a dot segment', 'a/./b'),
  path('a file path with an empty segment', 'a//b'),
  path('a file path from the root', '/etc/passwd'),
  path('a file path that ends in a slash', 'a/'),
  path('a file path with NUL', 'a%00.md'),
  path('a file path with an escape', 'a%1b[2J.md'),
  path('a file path with a C1 control', 'a%C2%85.md'),
  path('a file path of 1025 bytes', 'a'.repeat(1025)),
  path('a file path of 342 three-byte letters', enc('語'.repeat(342))),
  path('a file path in decomposed form', enc('e\u0301.md')),
  path('a % that encodes nothing', 'a%zz', 'path'),
  path('a % at the end', 'a%', 'path'),
  path('bytes that are not UTF-8', '%ff%fe', 'path'),
  path('an overlong encoding of a slash', 'a%c0%af..', 'path'),
  path('an encoded half of a surrogate pair', '%ed%a0%80', 'path'),
];

const IDS: Case[] = [
  chunk(
    'a chunk id in capitals',
    { content: 'x', chunk_id: 'AAAAAAAA-0000-4000-8000-000000000001' },
    'chunk_id',
  ),
  chunk('a chunk id without dashes', { content: 'x', chunk_id: ID.replaceAll('-', '') }, 'chunk_id'),
  chunk('a chunk id that is a number', { content: 'x', chunk_id: 7 }, 'chunk_id'),
  chunk('a chunk id in braces', { content: 'x', chunk_id: `{${ID}}` }, 'chunk_id'),
  text(
    'a chunk id twice',
    {
      chunks: [
        { content: 'x', chunk_id: ID },
        { content: 'y', chunk_id: ID },
      ],
    },
    'chunks[1].chunk_id',
  ),
  text(
    "an id that is another chunk's place",
    { chunks: [{ content: 'x', chunk_id: chunkId(KNOWN, 'a.md', 1) }, { content: 'y' }] },
    'chunks[1].chunk_id',
  ),
  get('an unusable chunk id', `${P}/chunks/1%20OR%201=1`, 'id'),
  get('an unusable scan id', `${P}/scans/latest`, 'id'),
  get('an unusable repair id', `${P}/repairs/${ID}x`, 'id'),
  ['an unusable quarantine id', 'POST', `${P}/quarantine/../restore`, {}, 400, 'id'],
  get('an unusable correlation id to ask for', '/events?correlation_id=%27', 'correlation_id'),
  get('no correlation id to ask for', '/events', 'correlation_id'),
  repairs('ids to repair that are no ids', { chunk_ids: ['x'] }, 'chunk_ids[0]'),
  repairs('no ids to repair', { chunk_ids: [] }, 'chunk_ids'),
  repairs('1001 ids to repair', { chunk_ids: ones(1001).map(() => ID) }, 'chunk_ids'),
  repairs('an id to repair twice', { chunk_ids: [ID, ID] }, 'chunk_ids'),
  repairs('a plan hash that is none', { approval_id: ID, plan_hash: 'x', decision: 'approve' }, 'plan_hash'),
  repairs('an approval without a decision', { approval_id: ID, plan_hash: HASH }, 'decision'),
  repairs(
    'an approval and ids at once',
    { approval_id: ID, plan_hash: HASH, decision: 'approve', chunk_ids: [ID] },
    'chunk_ids',
  ),
  header('an unusable correlation id', 'x-correlation-id', 'mine'),
  header('an idempotency key with a space', 'idempotency-key', 'two words'),
  header('an empty idempotency key', 'idempotency-key', ''),
  header('an idempotency key of 256 letters', 'idempotency-key', 'k'.repeat(256)),
  header('an If-Match that is no version', 'if-match', 'W/"1"'),
  header('an If-None-Match that is not *', 'if-none-match', '"1"'),
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
  text('nothing in it', {}),
  text('no text', { content: '' }),
  text('only white space', { content: ' \n\t\u00a0\u2003 ' }),
  text('text and chunks at once', { content: 'x', chunks: [{ content: 'x' }] }),
  text('text that is a number', { content: 7 }),
  text('no chunks', { chunks: [] }, 'chunks'),
  text('chunks that are no list', { chunks: { 0: { content: 'x' } } }, 'chunks'),
  text('10001 chunks', { chunks: ones(10_001).map(() => ({ content: 'x' })) }, 'chunks'),
  text('an unknown field', { content: 'x', project: 'other' }, 'project'),
  chunk('an empty chunk', { content: '' }, 'content'),
  chunk('a chunk without text', {}, 'content'),
  chunk('an unknown field of a chunk', { content: 'x', metadata: {} }, 'metadata'),
  raw('half a surrogate pair', '{"content":"x\\ud83d"}', 'content'),
  raw('half a surrogate pair in a chunk', '{"chunks":[{"content":"\\udc00x"}]}', 'chunks[0].content'),
  raw('a prototype', '{"content":"x","__proto__":{"admin":true}}', '__proto__'),
  raw('a constructor', '{"content":"x","constructor":{"prototype":{}}}', 'constructor'),
  raw('a key twice', '{"content":"x","content":"y"}'),
  raw('a key twice in disguise', '{"chunks":[{"content":"x","\\u0063ontent":"y"}]}'),
  raw('JSON that is cut off', '{"content":"x"'),
  raw('JSON with a comment', '{"content":"x"} // y'),
  raw('NaN', '{"chunks":[{"content":"x","start_line":NaN}]}'),
  raw('a list for a body', '[{"content":"x"}]'),
  raw('null for a body', 'null'),
  raw('a byte order mark', '\ufeff{"content":"x"}'),
  raw('a body in Latin-1', Buffer.from('{"content":"é"}', 'latin1')),
  raw('a body in UTF-16', Buffer.from('{"content":"x"}', 'utf16le')),
  raw('100000 brackets', `{"content":${'['.repeat(100_000)}${']'.repeat(100_000)}}`),
  large('text larger than 5 MB', { body: { content: 'x'.repeat(5 * 1024 * 1024 + 1) } }),
  large('chunks larger than 5 MB', chunks({ content: 'x'.repeat(3e6) }, { content: 'y'.repeat(2.5e6) })),
  large('a body larger than 6 MB', { raw: new Uint8Array(6 * 1024 * 1024 + 1) }),
  kind('a form', { 'content-type': 'application/x-www-form-urlencoded' }),
  kind('plain text', { 'content-type': 'text/plain' }),
  kind('JSON in another charset', { 'content-type': 'application/json; charset=utf-16' }),
  kind('a compressed body', { 'content-encoding': 'gzip' }),
  chunk('a line before the first', { content: 'x', start_line: 0 }, 'start_line'),
  chunk('half a line', { content: 'x', start_line: 1.5 }, 'start_line'),
  chunk('lines the wrong way round', { content: 'x', start_line: 9, end_line: 8 }, 'end_line'),
  chunk('a vector of another dimension', { content: 'x', vector: ones(383) }, 'vector'),
  chunk('an empty vector', { content: 'x', vector: [] }, 'vector'),
  chunk('a vector of zeros', { content: 'x', vector: new Array(384).fill(0) }, 'vector'),
  chunk('a vector that is zero in 32 bits', { content: 'x', vector: new Array(384).fill(1e-60) }, 'vector'),
  chunk('a vector beyond 32 bits', { content: 'x', vector: [...ones(383), 1e39] }, 'vector'),
  raw(
    'a vector with an infinite number',
    '{"chunks":[{"content":"x","vector":[1e999]}]}',
    'chunks[0].vector[0]',
  ),
  chunk('a vector of strings', { content: 'x', vector: ['1'] }, 'vector[0]'),
  [
    'a dimension that a new project would not have',
    'PUT',
    '/projects/fresh/documents/a.md',
    chunks({ content: 'x', vector: [1, 2] }),
    400,
    'chunks[0].vector',
  ],
];

const QUERIES: Case[] = [
  get('a limit of 0', '/projects?limit=0', 'limit'),
  get('a limit of 1001', `${P}/documents?limit=1001`, 'limit'),
  get('a huge limit', `${P}/events?limit=99999999999999999999`, 'limit'),
  get('a negative limit', `${P}/scans?limit=-1`, 'limit'),
  get('a limit that is no number', `${P}/repairs?limit=all`, 'limit'),
  get('a limit twice', `${P}/drifts?limit=1&limit=2`, 'limit'),
  get('a cursor made up', `${P}/documents?cursor=abc`, 'cursor'),
  get(
    'a cursor signed by someone else',
    `/projects?cursor=${signedCursors('another secret').seal('projects', 'known')}`,
    'cursor',
  ),
  get('an empty cursor', `${P}/events?cursor=`, 'cursor'),
  get('a cursor of 5000 letters', `${P}/drifts?cursor=${'a'.repeat(5000)}`, 'cursor'),
  get('a time without milliseconds', `${P}/events?since=2026-11-24T12:00:00Z`, 'since'),
  get('a time with an offset', `${P}/documents?at=2026-11-24T12:00:00.000%2B01:00`, 'at'),
  get('the 30th of February', `${P}/failures?since=2026-02-30T12:00:00.000Z`, 'since'),
  get('a time that is a number', `${DOC}?at=1764000000`, 'at'),
  get(
    'until before since',
    `${P}/events?since=2026-11-25T00:00:00.000Z&until=2026-11-24T00:00:00.000Z`,
    'until',
  ),
  get('an unknown event type', `${P}/events?event_type=everything`, 'event_type'),
  get('an unknown drift type', `${P}/drifts?type=bad`, 'type'),
  get('an unknown drift status', `${P}/drifts?status=closed`, 'status'),
  get('an unknown parameter', `${P}/status?verbose=1`, 'verbose'),
  get('a parameter that encodes nothing', `${P}/drifts?status=%zz`, 'status'),
  ['a parameter of a write', 'PUT', `${DOC}?force=true`, ok, 400, 'force'],
  ['an unknown depth', 'POST', `${P}/scans`, { body: { depth: 'deep' } }, 400, 'depth'],
  ['an unknown steering', 'PATCH', `${P}/scans/${ID}`, { body: { action: 'stop' } }, 400, 'action'],
  put('an unknown setting', `${P}/settings`, { grace: 1 }, 'grace'),
  put('an unknown mode', `${P}/settings`, { mode: 'AUTO' }, 'mode'),
  put('a negative percentage', `${P}/settings`, { alert_above_percent: -1 }, 'alert_above_percent'),
  put('no grace at all', `${P}/settings`, { grace_seconds: 0 }, 'grace_seconds'),
  put('a setting that is a string', `${P}/settings`, { repairs_per_minute: '10' }, 'repairs_per_minute'),
  put(
    'settings that contradict each other',
    `${P}/settings`,
    { synchronized_below_percent: 9 },
    'synchronized_below_percent',
  ),
  put('an unknown dependency', `${P}/breakers`, { dependency: 'state', override: 'open' }, 'dependency'),
  put('adopt that is a string', P, { adopt: 'yes' }, 'adopt'),
  repairs('an unknown authority', { chunk_ids: [ID], authority: 'me' }, 'authority'),
];

const N = '/projects/nobody';
const decision = { approval_id: ID, plan_hash: HASH, decision: 'reject' };

const ABSENT: Case[] = [
  nowhere('an unknown path', '/project'),
  nowhere('a path with a slash too many', '/health/'),
  nowhere('a path that climbs', '/projects/known/../../etc/passwd'),
  method('a method that is not there', 'DELETE', P),
  method('POST of a document', 'POST', DOC),
  method('HEAD', 'HEAD', DOC),
  method('OPTIONS', 'OPTIONS', `${P}/scans`),
  absent('the status of an unknown project', 'GET', `${N}/status`),
  absent('the documents of an unknown project', 'GET', `${N}/documents`),
  absent('the settings of an unknown project', 'PUT', `${N}/settings`, { mode: 'auto' }),
  absent('a scan of an unknown project', 'POST', `${N}/scans`, { depth: 'content' }),
  absent('repairs in an unknown project', 'POST', `${N}/repairs`, { chunk_ids: [ID] }),
  absent('an approval in an unknown project', 'POST', `${N}/repairs`, decision),
  absent('a breaker of an unknown project', 'PUT', `${N}/breakers`, {
    dependency: 'graph',
    override: 'open',
  }),
  absent('events of an unknown project', 'GET', `${N}/events`),
  absent('failures of an unknown project', 'GET', `${N}/failures`),
  absent('drifts of an unknown project', 'GET', `${N}/drifts`),
  absent('the quarantine of an unknown project', 'GET', `${N}/quarantine`),
  absent('removal from an unknown project', 'DELETE', `${N}/documents/a.md`),
  absent('an unknown document', 'GET', `${P}/documents/nothing.md`),
  absent('an unknown document, removed', 'DELETE', `${P}/documents/nothing.md`),
  absent('an unknown chunk', 'GET', `${P}/chunks/${ID}`),
  absent('an unknown scan', 'GET', `${P}/scans/${ID}`),
  absent('an unknown scan, cancelled', 'PATCH', `${P}/scans/${ID}`, { action: 'cancel' }),
  absent('an unknown repair', 'GET', `${P}/repairs/${ID}`),
  absent('an unknown entry of the quarantine', 'POST', `${P}/quarantine/${ID}/restore`),
  ['an approval that nobody asked for', 'POST', `${P}/repairs`, { body: decision }, 409, '#approval_changed'],
];

export const CASES: Case[] = [...NAMES, ...IDS, ...BODIES, ...QUERIES, ...ABSENT];

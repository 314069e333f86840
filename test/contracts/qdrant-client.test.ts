import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type QdrantHandle, qdrantClient } from '../../shared/adapters/qdrant-client.ts';
import type { UnavailableError } from '../../shared/errors.ts';

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

const saying =
  (status: number, error: string, headers: Record<string, string> = {}): Answer =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify({ status: { error }, time: 0 }));
  };
const answering =
  (result: unknown): Answer =>
  (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ result, status: 'ok', time: 0 }));
  };
const hangingUp: Answer = (response) => response.destroy();
const silent: Answer = () => {};

/** A server that gives each request the next of these answers, and the last for ever. */
let script: Answer[];
let requests: IncomingMessage[];
let server: Server;
let url: string;

beforeEach(async () => {
  requests = [];
  server = createServer((request, response) => {
    request.resume();
    requests.push(request);
    (script.length > 1 ? script.shift() : script[0])?.(response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const aHandle = (): QdrantHandle => qdrantClient({ config: async () => ({ url }), timeoutMs: 300 });
const aCount = (handle = aHandle()) =>
  handle.reading('a count of docs', async (qdrant) => (await qdrant.count('docs')).count);
const aScroll = (handle = aHandle()) =>
  handle.reading('a scroll of docs', async (_, bulk) => (await bulk.scroll('docs', { limit: 2 })).points);
const aBatch = (handle = aHandle()) =>
  handle.writing('a batch on docs', (qdrant) => qdrant.batchUpdate('docs', { operations: [] }));
const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error) => error as UnavailableError,
  );

const COUNTED = answering({ count: 7 });
const SCROLLED = answering({ points: [{ id: 1 }], next_page_offset: null });

describe('the Qdrant client', () => {
  it.each<[string, Answer]>([
    ['auth', saying(401, 'Must provide an API key')],
    ['auth', saying(403, 'Forbidden: global access is required')],
    ['throttled', saying(429, 'Rate limiting exceeded')],
    ['throttled', saying(429, 'Rate limiting exceeded', { 'retry-after': '3' })],
    ['throttled', saying(429, 'slow down', { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' })],
    ['timeout', saying(408, 'Timeout')],
    ['timeout', saying(504, 'Gateway Timeout')],
    ['timeout', silent],
    ['identity', saying(404, "Not found: Collection `docs` doesn't exist!")],
    ['refused', saying(404, '')],
    ['refused', saying(400, 'Wrong input: Vector dimension error: expected dim: 4, got 3')],
    ['refused', saying(413, 'Payload Too Large')],
    ['refused', saying(422, 'Validation error in JSON body')],
    ['refused', saying(501, 'not imitated')],
    ['partial', saying(404, 'Not found: No point with id 7 found')],
    ['partial', saying(500, 'Service internal error: 1 of 2 read operations failed')],
    ['partial', answering(undefined)],
    ['network', saying(503, 'Service Unavailable')],
    ['network', hangingUp],
  ])('calls it a failure of kind %s', async (kind, answer) => {
    script = [answer];

    const failures = await Promise.all([aCount(), aScroll(), aBatch()].map(failureOf));

    for (const failure of failures) {
      expect(failure).toMatchObject({ name: 'UnavailableError', dependency: 'vectors', kind });
      expect(failure?.message).toMatch(/^vectors: a (count of|scroll of|batch on) docs failed/);
      expect(failure?.message).not.toContain('127.0.0.1');
    }
  });

  it.each(['acknowledged', 'wait_timeout'])('does not take %s for written', async (status) => {
    script = [
      answering([
        { operation_id: 1, status: 'completed' },
        { operation_id: 2, status },
      ]),
    ];

    expect(await failureOf(aBatch())).toMatchObject({ kind: 'partial' });
  });

  it('reads once more over a connection that broke', async () => {
    script = [hangingUp, COUNTED];

    expect(await aCount()).toBe(7);
    expect(requests).toHaveLength(2);

    script = [hangingUp, SCROLLED];
    expect(await aScroll()).toEqual([{ id: 1 }]);
    expect(requests).toHaveLength(4);
  });

  it('calls it a network failure where nobody listens', async () => {
    const handle = qdrantClient({ config: async () => ({ url: 'http://127.0.0.1:1' }) });

    const failures = await Promise.all([aCount(handle), aScroll(handle), aBatch(handle)].map(failureOf));

    expect(failures.map((failure) => failure?.kind)).toEqual(['network', 'network', 'network']);
  });

  it('never repeats a write', async () => {
    script = [hangingUp, answering([])];

    expect(await failureOf(aBatch())).toMatchObject({ kind: 'network' });
    expect(requests).toHaveLength(1);
  });

  it('loads its configuration once, and again after the key was refused', async () => {
    let loads = 0;
    const handle = qdrantClient({ config: async () => ({ url, apiKey: `key-${++loads}` }) });
    script = [COUNTED, COUNTED, saying(403, 'Forbidden: key expired'), COUNTED];

    await Promise.all([aCount(handle), aCount(handle)]);
    expect(await failureOf(aCount(handle))).toMatchObject({ kind: 'auth' });
    expect(await aCount(handle)).toBe(7);

    script = [SCROLLED];
    await aScroll(handle);

    expect(requests.map(({ headers }) => headers['api-key'])).toEqual([
      ...['key-1', 'key-1', 'key-1', 'key-2', 'key-2'],
    ]);
  });

  it('asks for its configuration again where that could not be loaded', async () => {
    const loads = [Promise.reject(new Error('no secrets today')), Promise.resolve({ url })];
    const handle = qdrantClient({ config: () => loads.shift() ?? Promise.resolve({ url }) });
    script = [COUNTED];

    await expect(aCount(handle)).rejects.toThrow('no secrets today');
    expect(await aCount(handle)).toBe(7);
  });

  it('keeps the path of its URL, counts its requests and asks for no compressed answer', async () => {
    const usage = { requests: 0 };
    const handle = qdrantClient({ config: async () => ({ url: `${url}/behind/a/proxy/` }), usage });
    script = [COUNTED];

    await aCount(handle);
    await aCount(handle);

    script = [SCROLLED];
    await aScroll(handle);

    expect(usage.requests).toBe(3);
    expect(requests[0]?.url).toBe('/behind/a/proxy/collections/docs/points/count');
    expect(requests[2]?.url).toBe('/behind/a/proxy/collections/docs/points/scroll');
    for (const { headers } of requests) expect(headers['accept-encoding']).toBe('identity');
  });
});

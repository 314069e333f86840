import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LocalApi, startApi } from '../../infra/local/api.ts';

const ID = 'abcdefab-cdef-4abc-8def-abcdefabcdef';
const UUID = expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);

let api: LocalApi;
let port: number;

beforeAll(async () => {
  const handle = async (event: { rawPath: string }) => {
    if (event.rawPath === '/broken') throw new TypeError('a text at 10.0.0.7');
    return { statusCode: 200, headers: { 'content-type': 'application/json' }, body: '{}' };
  };
  api = await startApi(0);
  api.serve(handle);
  port = Number(new URL(api.url).port);
});
afterAll(() => api.close());

/** What a server answers to these very bytes. */
const sent = async (bytes: string) => {
  const socket = connect(port, '127.0.0.1');
  const parts: Buffer[] = [];
  socket.on('data', (part) => parts.push(Buffer.from(part)));
  socket.write(bytes);
  await once(socket, 'close');
  const [head = '', body = ''] = Buffer.concat(parts)
    .toString()
    .split(/\r\n\r\n(.*)/s);
  const [line = '', ...lines] = head.split('\r\n');
  const headers = Object.fromEntries(lines.map((one) => one.toLowerCase().split(/: (.*)/s)));
  return { status: Number(line.split(' ')[1]), headers, body };
};

const request = (first: string, ...headers: string[]) =>
  sent(`${[first, ...headers, 'Connection: close'].join('\r\n')}\r\n\r\n`);

const HERE = 'Host: localhost';

describe('the loopback server', () => {
  test.each([
    ['another host', () => request('GET / HTTP/1.1', 'Host: example.org'), 403, 'forbidden_host'],
    ['no host', () => request('GET / HTTP/1.1'), 403, 'forbidden_host'],
    ['a method that nobody knows', () => request('BREW /pot HTTP/1.1', HERE), 501, 'unknown_method'],
    ['what is no HTTP', () => sent('GET / GOPHER\r\n\r\n'), 400, 'malformed_request'],
    [
      'endless headers',
      () => request('GET / HTTP/1.1', HERE, `X: ${'x'.repeat(20_000)}`),
      431,
      'headers_too_large',
    ],
    ['a handler that fails', () => request('GET /broken HTTP/1.1', HERE), 500, 'internal'],
  ])('answers %s with a problem and its correlation id', async (_, ask, status, code) => {
    const answer = await ask();

    const problem = JSON.parse(/\{.*\}/.exec(answer.body)?.[0] ?? '');
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(problem).toMatchObject({ status, code, title: expect.any(String), correlation_id: UUID });
    expect(answer.headers['x-correlation-id']).toBe(problem.correlation_id);
    expect(answer.body).not.toContain('10.0.0.7');
  });

  test("refuses under the caller's correlation id", async () => {
    const answer = await request(
      'GET / HTTP/1.1',
      'Host: example.org',
      `X-Correlation-Id: ${ID.toUpperCase()}`,
    );

    expect(answer.headers['x-correlation-id']).toBe(ID);
  });

  test('sends no body in answer to HEAD', async () => {
    const answer = await request('HEAD /health HTTP/1.1', HERE);

    expect([answer.status, answer.body]).toEqual([200, '']);
  });
});

import { afterEach, describe, expect, it } from 'vitest';
import { httpEmbedder } from '../../shared/adapters/http-embedder.ts';
import {
  answer,
  DIMENSION,
  failureOf,
  hang,
  hangUp,
  httpOn,
  KEY,
  raw,
  status,
  TEXT,
  vectorWith,
} from './embedding-faults.ts';
import { digestVector, type EmbeddingServer, type Fault, openAiServer } from './embedding-servers.ts';

const servers: EmbeddingServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});
const started = async (...faults: Fault[]) => {
  const server = await openAiServer(DIMENSION);
  server.faults.push(...faults);
  servers.push(server);
  return server;
};

const SPOILED: [string, Fault][] = [
  ['a vector too few', answer(({ data }) => ({ data: data.slice(1) }))],
  ['a vector too many', answer(({ data }) => ({ data: [...data, { ...data[0], index: data.length }] }))],
  ['one index twice', answer(({ data }) => ({ data: [data[0], data[0]] }))],
  ['an index that is none', answer(({ data }) => ({ data: [data[0], { ...data[1], index: -1 }] }))],
  [
    'a number that is null',
    answer(({ data }) => ({ data: [data[0], { ...data[1], embedding: vectorWith(null) }] })),
  ],
  [
    'a number that is a string',
    answer(({ data }) => ({ data: [data[0], { ...data[1], embedding: vectorWith('1') }] })),
  ],
  [
    'a vector of another dimension',
    answer(({ data }) => ({ data: [data[0], { index: 1, embedding: [1, 2] }] })),
  ],
  [
    'a vector of zeros',
    answer(({ data }) => ({ data: [data[0], { index: 1, embedding: new Array(DIMENSION).fill(0) }] })),
  ],
  ['no vector', answer(({ data }) => ({ data: [data[0], { index: 1 }] }))],
  ['a row that is null', answer(({ data }) => ({ data: [data[0], null] }))],
  ['an answer without data', answer(() => ({ error: TEXT }))],
  ['an answer that is null', answer(() => null)],
  ['NaN, which is no JSON', raw(`{"data": [{"index": 0, "embedding": [NaN, "${TEXT}"]}]}`)],
  ['half an answer', raw(`{"data": [{"index": 0, "text": "${TEXT}", "embedd`)],
];
describe('an embedder over HTTP', () => {
  it('sends model, texts and key, at most 96 texts a request', async () => {
    const server = await started();

    await httpOn({ ...server, url: `${server.url}/v1/` }).embed(
      Array.from({ length: 200 }, (_, n) => `text ${n}`),
    );

    expect(server.requests.map(({ body }) => body.input.length).sort()).toEqual([8, 96, 96]);
    expect(server.requests[0]).toMatchObject({
      path: '/v1/embeddings',
      headers: { authorization: `Bearer ${KEY}` },
    });
    expect(server.requests[0]?.body).toEqual({ model: 'a-model', input: expect.any(Array) });
  });

  it('tells the dimension to models that take it', async () => {
    const server = await started();

    await httpOn(server, { model: 'text-embedding-3-small' }).embed(['a']);
    await httpOn(server, { isDimensionSent: true }).embed(['a']);

    expect(server.requests.map(({ body }) => body.dimensions)).toEqual([DIMENSION, DIMENSION]);
  });

  it('sends no key if it has none', async () => {
    const server = await started();

    await httpEmbedder({ url: server.url, model: 'm', dimension: DIMENSION }).embed(['a']);

    expect(server.requests[0]?.headers).not.toHaveProperty('authorization');
  });

  it('puts an answer that is out of order in order', async () => {
    const server = await started(answer(({ data }) => ({ data: data.toReversed() })));

    const vectors = await httpOn(server).embed(['a', 'b', 'c']);

    expect(vectors).toEqual(['a', 'b', 'c'].map((text) => digestVector(text, DIMENSION)));
  });

  it.each<[string, Fault]>([
    ['429', status(429)],
    ['500', status(500)],
    ['503', status(503)],
    ['a connection that is cut', hangUp],
  ])('asks again after %s', async (_, fault) => {
    const server = await started(fault, fault);

    expect(await httpOn(server).embed(['a'])).toEqual([digestVector('a', DIMENSION)]);
    expect(server.requests).toHaveLength(3);
  });

  it.each([
    ['seconds', () => '1'],
    ['a date', () => new Date(Date.now() + 2000).toUTCString()],
  ])('waits as long as Retry-After says in %s', async (_, header) => {
    const server = await started(status(429, { 'retry-after': header() }));
    const start = performance.now();

    await httpOn(server).embed(['a']);

    expect(performance.now() - start).toBeGreaterThan(950);
  });

  it('gives up at once if it shall wait for an hour', async () => {
    const server = await started(status(429, { 'retry-after': '3600' }));

    expect(await failureOf(httpOn(server))).toMatchObject({ dependency: 'embedder', kind: 'throttled' });
    expect(server.requests).toHaveLength(1);
  });

  it('gives up after three retries', async () => {
    const server = await started(...new Array(9).fill(status(500)));

    expect(await failureOf(httpOn(server))).toMatchObject({ code: 'unavailable', kind: 'network' });
    expect(server.requests).toHaveLength(4);
  });

  it.each([
    [400, 'refused'],
    [401, 'auth'],
    [403, 'auth'],
    [404, 'refused'],
    [413, 'refused'],
    [302, 'refused'],
  ])('takes status %i as an answer: %s', async (code, kind) => {
    const server = await started(status(code, { location: 'http://127.0.0.1:1/' }));

    expect(await failureOf(httpOn(server))).toMatchObject({ dependency: 'embedder', kind });
    expect(server.requests).toHaveLength(1);
  });

  it('does not wait for a service that hangs, nor ask it again', async () => {
    const server = await started(hang);

    expect(await failureOf(httpOn(server, { timeoutMs: 100 }))).toMatchObject({ kind: 'timeout' });
    expect(server.requests).toHaveLength(1);
  });

  it('says that nobody listens', async () => {
    const server = await started();
    await server.close();

    const failure = await failureOf(httpOn(server));

    expect(failure).toMatchObject({ kind: 'network', message: 'embedder: request failed: ECONNREFUSED' });
  });

  it.each(SPOILED)('refuses %s', async (_, fault) => {
    const server = await started(fault);

    expect(await failureOf(httpOn(server), [TEXT, 'another'])).toMatchObject({
      dependency: 'embedder',
      kind: 'partial',
    });
  });

  it('starts no further batch once one has failed', async () => {
    const server = await started(status(400));

    await failureOf(httpOn(server), new Array(96 * 20).fill(TEXT));

    expect(server.requests.length).toBeLessThan(10);
  });
});

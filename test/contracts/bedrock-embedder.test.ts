import { afterEach, describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../shared/errors.ts';
import {
  answer,
  bedrockOn,
  COHERE,
  DIMENSION,
  failureOf,
  hang,
  raw,
  status,
  TEXT,
  TITAN,
  vectorWith,
} from './embedding-faults.ts';
import { bedrockServer, digestVector, type EmbeddingServer, type Fault } from './embedding-servers.ts';

const servers: EmbeddingServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});
const started = async (...faults: Fault[]) => {
  const server = await bedrockServer(DIMENSION);
  server.faults.push(...faults);
  servers.push(server);
  return server;
};

describe('an embedder of Bedrock', () => {
  it('asks Titan for one normalized text a call', async () => {
    const server = await started();

    await bedrockOn(server, TITAN).embed(['a', 'b']);

    expect(server.requests.map(({ body }) => body)).toEqual(
      expect.arrayContaining([
        { inputText: 'a', dimensions: DIMENSION, normalize: true },
        { inputText: 'b', dimensions: DIMENSION, normalize: true },
      ]),
    );
    expect(server.requests[0]?.path).toBe(`/model/${TITAN}/invoke`);
  });

  it('asks Cohere for 96 documents a call', async () => {
    const server = await started();

    await bedrockOn(server, COHERE).embed(Array.from({ length: 100 }, (_, n) => `text ${n}`));

    expect(server.requests.map(({ body }) => body.texts.length).sort()).toEqual([4, 96]);
    expect(server.requests[0]?.body).toMatchObject({
      input_type: 'search_document',
      output_dimension: DIMENSION,
    });
  });

  it('asks again after it was throttled', async () => {
    const server = await started(status(429, { 'x-amzn-errortype': 'ThrottlingException' }));

    expect(await bedrockOn(server, TITAN).embed(['a'])).toEqual([digestVector('a', DIMENSION)]);
  });

  it.each([
    [400, 'ValidationException', 'refused'],
    [403, 'AccessDeniedException', 'auth'],
    [403, 'UnrecognizedClientException', 'auth'],
    [404, 'ResourceNotFoundException', 'refused'],
    [429, 'ThrottlingException', 'throttled'],
    [503, 'ServiceUnavailableException', 'network'],
    [408, 'ModelTimeoutException', 'timeout'],
  ])('translates %i %s to %s', async (code, type, kind) => {
    const fault = status(code, { 'x-amzn-errortype': type });
    const server = await started(fault, fault, fault);

    const failure = await failureOf(bedrockOn(server, TITAN));

    expect(failure).toMatchObject({ dependency: 'embedder', kind });
    expect(failure.message).toContain(type);
  });

  it('does not wait for a service that hangs', async () => {
    const server = await started(hang, hang, hang);

    expect(await failureOf(bedrockOn(server, TITAN, { timeoutMs: 200 }))).toMatchObject({ kind: 'timeout' });
  });

  it.each<[string, string, Fault]>([
    ['a short vector', TITAN, answer(() => ({ embedding: [1, 2] }))],
    ['no vector', TITAN, answer(() => ({}))],
    ['a number that is null', TITAN, answer(() => ({ embedding: vectorWith(null) }))],
    [
      'a vector too few',
      COHERE,
      answer(({ embeddings }) => ({ embeddings: { float: embeddings.float.slice(1) } })),
    ],
    ['no vectors', COHERE, answer(() => ({ embeddings: {} }))],
    ['half an answer', COHERE, raw(`{"embeddings": "${TEXT}`)],
    ['null', COHERE, raw('null')],
  ])('refuses %s of %s', async (_, model, fault) => {
    const server = await started(fault);

    expect(await failureOf(bedrockOn(server, model))).toMatchObject({ kind: 'partial' });
  });

  it.each([
    ['an unknown model', 'meta.llama3', 1024, 'LOCKSTEP_EMBEDDING_MODEL'],
    ['a dimension that the model does not make', TITAN, 384, 'LOCKSTEP_EMBEDDING_DIMENSION'],
  ])('refuses %s when it is made', (_, model, dimension, variable) => {
    const make = () => bedrockOn({ url: 'http://127.0.0.1:1' } as EmbeddingServer, model, { dimension });

    expect(make).toThrow(ConfigurationError);
    expect(make).toThrow(variable);
  });
});

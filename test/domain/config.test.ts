import { describe, expect, it } from 'vitest';
import { loadConfig, localConfig } from '../../shared/config.ts';
import type { Environment } from '../../shared/environment.ts';
import { BEDROCK, DEPLOYED, GRAPH, OPENAI, READERS, VECTORS } from './config-builders.ts';

const load = (env: Environment) => loadConfig(READERS, { ...GRAPH, ...VECTORS, ...env });

describe('a good configuration', () => {
  it('needs the two addresses only, on one machine', async () => {
    expect(await load({})).toEqual({
      graph: { uri: 'bolt://127.0.0.1:7687' },
      vectors: { url: 'http://127.0.0.1:6333' },
      state: { tablePrefix: 'lockstep', cursorSecret: expect.any(String) },
      bus: { busName: 'lockstep' },
      runtime: { stage: 'local', logLevel: 'WARN' },
      embedder: { kind: 'hashing' },
    });
  });

  it('takes an empty variable for an absent one, and cuts blanks around a value', async () => {
    const env = {
      NEO4J_USERNAME: '',
      QDRANT_API_KEY: '  ',
      LOCKSTEP_STAGE: ' local ',
      LOCKSTEP_LOG_LEVEL: 'debug\n',
    };

    expect(await load(env)).toMatchObject({
      graph: { uri: GRAPH.NEO4J_URI },
      runtime: { stage: 'local', logLevel: 'DEBUG' },
    });
  });

  it('gives user name, password and database to the graph', async () => {
    const env = { NEO4J_USERNAME: 'neo4j', NEO4J_PASSWORD: ' blank ', NEO4J_DATABASE: 'corpus' };

    expect((await load(env)).graph).toEqual({
      uri: GRAPH.NEO4J_URI,
      auth: { username: 'neo4j', password: ' blank ' },
      database: 'corpus',
    });
  });

  it.each([
    ['https', 'https://example.qdrant.io:6333'],
    ['http to this machine', 'http://localhost:6333'],
    ['http to this machine, IPv6', 'http://[::1]:6333'],
  ])('takes a key over %s', async (_, QDRANT_URL) => {
    expect((await load({ QDRANT_URL, QDRANT_API_KEY: 'key' })).vectors).toEqual({
      url: QDRANT_URL,
      apiKey: 'key',
    });
  });

  it('takes an OpenAI-compatible embedder', async () => {
    expect((await load({ ...OPENAI, LOCKSTEP_EMBEDDING_API_KEY: 'key' })).embedder).toEqual({
      kind: 'openai',
      url: 'https://api.openai.com/v1',
      model: 'text-embedding-3-small',
      dimension: 1536,
      apiKey: 'key',
    });
  });

  it('takes a model of Bedrock', async () => {
    const embedder = { kind: 'bedrock', model: 'amazon.titan-embed-text-v2:0', dimension: 1024 };

    expect((await load(BEDROCK)).embedder).toEqual(embedder);
  });

  it('takes a deployed stage with a secret and a named embedder', async () => {
    expect(await load(DEPLOYED)).toMatchObject({ runtime: { stage: 'prod' }, embedder: { kind: 'hashing' } });
  });

  it('gives the local deployment what it has been told of, and nothing else', async () => {
    expect(await localConfig({})).toEqual({});
    expect(await localConfig({ ...GRAPH, AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:8000' })).toEqual({
      graph: { uri: GRAPH.NEO4J_URI },
      dynamodb: { url: 'http://127.0.0.1:8000' },
    });
    expect(await localConfig(VECTORS)).toEqual({ vectors: { url: VECTORS.QDRANT_URL } });
  });
});

import { describe, expect, it } from 'vitest';
import { busConfig, loadConfig, localConfig } from '../../shared/config.ts';
import { graphConfig } from '../../shared/config-stores.ts';
import type { Environment } from '../../shared/environment.ts';
import { ConfigurationError, InvalidError } from '../../shared/errors.ts';
import { BEDROCK, DEPLOYED, GRAPH, OPENAI, READERS, VECTORS } from './config-builders.ts';

const refusal = async (env: Environment): Promise<ConfigurationError> =>
  loadConfig(READERS, env).then(
    () => expect.fail('it was taken'),
    (error) => error,
  );

/** What is wrong, the variables, and those that the error must name. */
const REFUSED: [string, Environment, string[]][] = [
  ['no graph', { NEO4J_URI: undefined }, ['NEO4J_URI']],
  ['an empty address', { NEO4J_URI: ' ' }, ['NEO4J_URI']],
  ['an address without scheme', { NEO4J_URI: 'localhost:7687' }, ['NEO4J_URI']],
  ['a graph over http', { NEO4J_URI: 'http://localhost:7474' }, ['NEO4J_URI']],
  ['a password in the address', { NEO4J_URI: 'bolt://neo4j:hunter2@localhost' }, ['NEO4J_URI']],
  ['a password without user name', { NEO4J_PASSWORD: 'hunter2' }, ['NEO4J_USERNAME']],
  ['a user name without password', { NEO4J_USERNAME: 'neo4j' }, ['NEO4J_PASSWORD']],
  ['a database that cannot be one', { NEO4J_DATABASE: '1; drop' }, ['NEO4J_DATABASE']],
  ['no vectors', { QDRANT_URL: undefined }, ['QDRANT_URL']],
  ['an address that is none', { QDRANT_URL: 'qdrant' }, ['QDRANT_URL']],
  ['vectors over gRPC', { QDRANT_URL: 'grpc://localhost:6334' }, ['QDRANT_URL']],
  [
    'a key in clear text',
    { QDRANT_URL: 'http://qdrant:6333', QDRANT_API_KEY: 'hunter2' },
    ['QDRANT_API_KEY'],
  ],
  [
    'a key to a host that looks local',
    { QDRANT_URL: 'http://127.0.0.1.nip.io', QDRANT_API_KEY: 'hunter2' },
    ['QDRANT_API_KEY'],
  ],
  ['a key of two lines', { QDRANT_API_KEY: 'hunter2\nhunter2' }, ['QDRANT_API_KEY']],
  ['a key in the address', { QDRANT_URL: 'https://hunter2@example.org' }, ['QDRANT_URL']],
  ['a prefix that is no table name', { LOCKSTEP_TABLE_PREFIX: 'lock step' }, ['LOCKSTEP_TABLE_PREFIX']],
  ['a bus that cannot be one', { LOCKSTEP_BUS_NAME: 'bus?' }, ['LOCKSTEP_BUS_NAME']],
  ['a stage that cannot be one', { ...DEPLOYED, LOCKSTEP_STAGE: 'Prod!' }, ['LOCKSTEP_STAGE']],
  ['an unknown log level', { LOCKSTEP_LOG_LEVEL: 'loud' }, ['LOCKSTEP_LOG_LEVEL']],
  ['a short secret', { LOCKSTEP_CURSOR_SECRET: 'hunter2' }, ['LOCKSTEP_CURSOR_SECRET']],
  ['a deployment without a secret', { ...DEPLOYED, LOCKSTEP_CURSOR_SECRET: '' }, ['LOCKSTEP_CURSOR_SECRET']],
  ['a deployment without embedder', { ...DEPLOYED, LOCKSTEP_EMBEDDER: '' }, ['LOCKSTEP_EMBEDDER']],
  ['an unknown embedder', { LOCKSTEP_EMBEDDER: 'magic' }, ['LOCKSTEP_EMBEDDER']],
  ['a model for the hashing embedder', { LOCKSTEP_EMBEDDING_MODEL: 'x' }, ['LOCKSTEP_EMBEDDING_MODEL']],
  [
    'a key for the hashing embedder',
    { LOCKSTEP_EMBEDDING_API_KEY: 'hunter2' },
    ['LOCKSTEP_EMBEDDING_API_KEY'],
  ],
  [
    'a service without URL, model and dimension',
    { LOCKSTEP_EMBEDDER: 'openai' },
    ['LOCKSTEP_EMBEDDING_URL', 'LOCKSTEP_EMBEDDING_MODEL', 'LOCKSTEP_EMBEDDING_DIMENSION'],
  ],
  [
    'a dimension of nothing',
    { ...OPENAI, LOCKSTEP_EMBEDDING_DIMENSION: '0' },
    ['LOCKSTEP_EMBEDDING_DIMENSION'],
  ],
  [
    'a dimension in words',
    { ...OPENAI, LOCKSTEP_EMBEDDING_DIMENSION: 'many' },
    ['LOCKSTEP_EMBEDDING_DIMENSION'],
  ],
  [
    'a broken dimension',
    { ...OPENAI, LOCKSTEP_EMBEDDING_DIMENSION: '1.5' },
    ['LOCKSTEP_EMBEDDING_DIMENSION'],
  ],
  [
    'a dimension beyond Qdrant',
    { ...OPENAI, LOCKSTEP_EMBEDDING_DIMENSION: '99999' },
    ['LOCKSTEP_EMBEDDING_DIMENSION'],
  ],
  [
    'a key of the service in clear text',
    { ...OPENAI, LOCKSTEP_EMBEDDING_URL: 'http://10.0.0.1/v1', LOCKSTEP_EMBEDDING_API_KEY: 'hunter2' },
    ['LOCKSTEP_EMBEDDING_API_KEY'],
  ],
  ['a URL for Bedrock', { ...BEDROCK, LOCKSTEP_EMBEDDING_URL: 'https://a.b' }, ['LOCKSTEP_EMBEDDING_URL']],
  [
    'a key for Bedrock',
    { ...BEDROCK, LOCKSTEP_EMBEDDING_API_KEY: 'hunter2' },
    ['LOCKSTEP_EMBEDDING_API_KEY'],
  ],
  ['Bedrock without a model', { ...BEDROCK, LOCKSTEP_EMBEDDING_MODEL: '' }, ['LOCKSTEP_EMBEDDING_MODEL']],
];

describe('a bad configuration', () => {
  it.each(REFUSED)(
    'with %s is refused by name, with what to do, and without a value',
    async (_, env, names) => {
      const error = await refusal({ ...GRAPH, ...VECTORS, ...env });

      expect(error).toBeInstanceOf(ConfigurationError);
      expect(error).toBeInstanceOf(InvalidError);
      expect(error.code).toBe('configuration');
      expect(error.errors.map(({ field }) => field).sort()).toEqual(names.toSorted());
      for (const name of names) expect(error.message).toContain(`\n  ${name} `);
      for (const { message } of error.errors) expect(message).toMatch(/: |^is (not|more)/);
      expect(error.message).not.toContain('hunter2');
    },
  );

  it('is reported whole: every problem of every reader, each once', async () => {
    const error = await refusal({
      NEO4J_URI: 'bolt://neo4j:hunter2@localhost',
      NEO4J_PASSWORD: 'hunter2',
      QDRANT_URL: 'http://qdrant:6333',
      QDRANT_API_KEY: 'hunter2',
      LOCKSTEP_STAGE: '!',
      LOCKSTEP_CURSOR_SECRET: 'hunter2',
      LOCKSTEP_BUS_NAME: '?',
      LOCKSTEP_EMBEDDER: 'magic',
    });

    expect(error.message).toMatch(/^the configuration has 7 problems:\n/);
    expect(error.errors.map(({ field }) => field)).toEqual([
      'NEO4J_USERNAME',
      'NEO4J_URI',
      'QDRANT_API_KEY',
      'LOCKSTEP_STAGE',
      'LOCKSTEP_CURSOR_SECRET',
      'LOCKSTEP_BUS_NAME',
      'LOCKSTEP_EMBEDDER',
    ]);
    expect(error.message).not.toContain('hunter2');
  });

  it('of one machine is refused if half a service is given', async () => {
    await expect(localConfig({ NEO4J_PASSWORD: 'hunter2', QDRANT_API_KEY: 'key' })).rejects.toThrow(
      /3 problems:\n {2}NEO4J_URI .*\n {2}NEO4J_USERNAME .*\n {2}QDRANT_URL /,
    );
    await expect(localConfig({ AWS_ENDPOINT_URL_DYNAMODB: 'dynamodb' })).rejects.toThrow(
      'AWS_ENDPOINT_URL_DYNAMODB',
    );
  });

  it('of an adapter that is not asked for troubles nobody', async () => {
    expect(await loadConfig({ bus: busConfig }, { NEO4J_URI: '?' })).toEqual({
      bus: { busName: 'lockstep' },
    });
  });

  it('is not what a reader that breaks is reported as', async () => {
    const broken = async () => {
      throw new TypeError('a bug');
    };

    await expect(loadConfig({ graph: graphConfig, broken }, {})).rejects.toThrow('a bug');
  });
});

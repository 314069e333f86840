import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../shared/config.ts';
import type { Environment } from '../../shared/environment.ts';
import { ConfigurationError } from '../../shared/errors.ts';
import { DEPLOYED, OPENAI, READERS } from './config-builders.ts';

const ARN = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:lockstep';
const SECRETS: Record<string, string> = {
  [`${ARN}/graph`]: JSON.stringify({ uri: 'bolt://127.0.0.1:7687', username: 'neo4j', password: 'hunter2' }),
  [`${ARN}/vectors`]: JSON.stringify({ url: 'https://example.qdrant.io:6333', apiKey: 'hunter2' }),
  [`${ARN}/cursor`]: '0123456789abcdef0123456789abcdef',
  [`${ARN}/embedding`]: JSON.stringify({ apiKey: 'hunter2' }),
};
const NAMES: Environment = {
  LOCKSTEP_STAGE: 'prod',
  LOCKSTEP_GRAPH_SECRET_ARN: `${ARN}/graph`,
  LOCKSTEP_VECTORS_SECRET_ARN: `${ARN}/vectors`,
  LOCKSTEP_CURSOR_SECRET_ARN: `${ARN}/cursor`,
  LOCKSTEP_EMBEDDING_SECRET_ARN: `${ARN}/embedding`,
  ...OPENAI,
};

const load = (env: Environment = {}, secrets: Record<string, string> = {}) =>
  loadConfig(READERS, { ...NAMES, ...env }, async (arn) => {
    const value = { ...SECRETS, ...secrets }[arn];
    if (value === undefined) throw new Error('ResourceNotFoundException');
    return value;
  });

const refusal = (...of: Parameters<typeof load>): Promise<ConfigurationError> =>
  load(...of).then(
    () => expect.fail('it was taken'),
    (error) => error,
  );

describe('secrets', () => {
  it('stand for the variables of their adapter', async () => {
    expect(await load()).toMatchObject({
      graph: { uri: 'bolt://127.0.0.1:7687', auth: { username: 'neo4j', password: 'hunter2' } },
      vectors: { url: 'https://example.qdrant.io:6333', apiKey: 'hunter2' },
      state: { cursorSecret: SECRETS[`${ARN}/cursor`] },
      embedder: { kind: 'openai', apiKey: 'hunter2' },
    });
  });

  it('are read anew by every reading of a config', async () => {
    let password = 'old';
    const read = () =>
      loadConfig({ graph: READERS.graph }, NAMES, async () =>
        JSON.stringify({ uri: 'bolt://h', username: 'neo4j', password }),
      );
    await read();
    password = 'new';

    expect((await read()).graph.auth?.password).toBe('new');
  });

  it.each<[string, Environment, Record<string, string>, string]>([
    ['one that is not there', { LOCKSTEP_GRAPH_SECRET_ARN: `${ARN}/gone` }, {}, 'LOCKSTEP_GRAPH_SECRET_ARN'],
    ['one that is no JSON', {}, { [`${ARN}/graph`]: 'hunter2' }, 'LOCKSTEP_GRAPH_SECRET_ARN'],
    ['one that is a list', {}, { [`${ARN}/vectors`]: '["hunter2"]' }, 'LOCKSTEP_VECTORS_SECRET_ARN'],
    ['one without address', {}, { [`${ARN}/vectors`]: '{}' }, 'LOCKSTEP_VECTORS_SECRET_ARN (url)'],
    [
      'one whose key is an object',
      {},
      { [`${ARN}/embedding`]: '{"apiKey":{"a":"hunter2"}}' },
      'LOCKSTEP_EMBEDDING_SECRET_ARN (apiKey)',
    ],
    ['a short one', {}, { [`${ARN}/cursor`]: 'hunter2' }, 'LOCKSTEP_CURSOR_SECRET_ARN'],
    ['one beside the variable that it stands for', { NEO4J_PASSWORD: 'hunter2' }, {}, 'NEO4J_PASSWORD'],
  ])('refuses %s, naming the variable and no value', async (_, env, secrets, field) => {
    const error = await refusal(env, secrets);

    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error.errors.map((one) => one.field)).toContain(field);
    expect(`${error.message} ${JSON.stringify(error.errors)} ${error.cause ?? ''}`).not.toContain('hunter2');
  });

  it('need somebody who reads them', async () => {
    await expect(loadConfig(READERS, { ...NAMES, ...DEPLOYED })).rejects.toThrow('LOCKSTEP_GRAPH_SECRET_ARN');
  });
});

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { live } from '../../functions/dependencies.ts';
import { query } from '../../functions/query.ts';
import { writeDocument } from '../../functions/write-document.ts';
import { createTables, startDynamo } from '../../infra/local/dynamodb.ts';
import { startQdrant } from '../../infra/local/qdrant.ts';
import { dynamoClient } from '../../shared/adapters/dynamodb-client.ts';
import { configFor } from '../contracts/tables.ts';
import { eventOf } from './http-edge.ts';

const NAMES = [
  'AWS_ENDPOINT_URL_DYNAMODB',
  'AWS_REGION',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'QDRANT_URL',
  'LOCKSTEP_STAGE',
  'LOCKSTEP_CURSOR_SECRET',
  'LOCKSTEP_LOG_LEVEL',
];
const context = { getRemainingTimeInMillis: () => 20_000 } as never;

let before: Record<string, string | undefined>;
let stop: () => Promise<unknown>;

beforeEach(async () => {
  before = Object.fromEntries(NAMES.map((name) => [name, process.env[name]]));
  const [dynamo, qdrant] = [await startDynamo(), await startQdrant()];
  const client = dynamoClient(configFor(dynamo.endpoint));
  await createTables(client, 'lockstep');
  client.destroy();
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    QDRANT_URL: qdrant.url,
    LOCKSTEP_STAGE: 'test',
    LOCKSTEP_CURSOR_SECRET: 'a secret of more than thirty-two letters',
    LOCKSTEP_LOG_LEVEL: 'error',
  });
  stop = () => Promise.all([dynamo.close(), qdrant.close()]);
});
afterEach(async () => {
  for (const [name, value] of Object.entries(before))
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  await stop();
});

describe('a deployed function', () => {
  test('builds what it needs from the environment, and nothing that it does not need', async () => {
    const handler = live(query, { embedder: false });

    const answer = await handler(eventOf('GET', '/projects'), context);

    expect([answer.statusCode, answer.body]).toEqual([200, '{"items":[]}']);
  });

  test('names what is missing, and tries again at its next call', async () => {
    const handler = live(writeDocument);
    const put = () =>
      handler(eventOf('PUT', '/projects/p/documents/a.md', { body: { content: 'x' } }), context);

    await expect(put()).rejects.toThrow('LOCKSTEP_EMBEDDER');
    process.env.LOCKSTEP_EMBEDDER = 'hashing';
    const answer = await put().finally(() => delete process.env.LOCKSTEP_EMBEDDER);

    // The graph's variables are not set either: that is found by the first statement, and nobody's fault outside.
    expect([answer.statusCode, JSON.parse(answer.body ?? '').code]).toEqual([500, 'configuration']);
    expect(answer.body).not.toContain('NEO4J');
  });
});

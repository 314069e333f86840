// Needs no service, but waits for as long as Lockstep does before it gives one up: too long for `npm test`.

import events from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dynamoClient, requesting } from '../../shared/adapters/dynamodb-client.ts';
import { eventBridgeBus } from '../../shared/adapters/eventbridge-bus.ts';
import { getObject, s3Client } from '../../shared/adapters/s3-bucket.ts';
import { secretsManager } from '../../shared/adapters/secrets-manager.ts';
import { UnavailableError } from '../../shared/errors.ts';
import { configFor } from '../contracts/tables.ts';
import { localRun } from '../support/local-run.ts';

/** Takes every request and answers none; of some it begins an answer that never ends. */
let server: Server;
let [whole, begun] = ['', ''];
beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.headers.host?.startsWith('localhost'))
      response.writeHead(200, { 'content-length': 1000 }).write('{');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  [whole, begun] = [`http://127.0.0.1:${port}`, `http://localhost:${port}`];
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** One attempt, so that the test waits for it once. */
const once = (endpoint: string) => ({ ...configFor(endpoint), maxAttempts: 1 });
const failureOf = async (act: () => Promise<unknown>) => {
  const since = Date.now();
  const error = await act().catch((error: unknown) => error);
  return { error, seconds: Math.round((Date.now() - since) / 1000) };
};
const message = { type: 'ScanRequested', project: 'docs', correlation_id: 'c', depth: 'counts' } as const;
const envelope = { schema_version: 1, id: 'i', time: '2026-01-01T00:00:00.000Z', hop: 1, message } as const;

const read = (endpoint: string) => {
  const client = dynamoClient(once(endpoint));
  const command = new GetCommand({ TableName: 'State', Key: { pk: 'a', sk: 'b' } });
  return requesting('state', 'reading', () => client.send(command));
};
const publish = () => eventBridgeBus({ busName: 'lockstep', client: once(whole) }).publish([envelope]);
const fetchObject = (endpoint: string) => {
  const client = s3Client({ ...once(endpoint), forcePathStyle: true });
  return getObject({ client, bucket: 'archive' }, 'a');
};
const isLate = { kind: 'timeout' };

describe.concurrent('a service that takes a request and never answers', () => {
  it.for<[string, number, () => Promise<unknown>]>([
    ['DynamoDB', 5, () => read(whole)],
    ['DynamoDB, in the middle of its answer', 5, () => read(begun)],
    ['EventBridge', 5, publish],
    ['S3', 10, () => fetchObject(whole)],
    ['S3, in the middle of its answer', 10, () => fetchObject(begun)],
  ])('is given up: %s after %i seconds', async ([, limit, act]) => {
    const { error, seconds } = await failureOf(act);

    expect(error).toBeInstanceOf(UnavailableError);
    expect(error).toMatchObject(isLate);
    expect(seconds).toBeGreaterThanOrEqual(limit);
    expect(seconds).toBeLessThan(limit + 6);
  });

  it('is given up: Secrets Manager after 5 seconds', async () => {
    const { error, seconds } = await failureOf(() => secretsManager({ client: once(whole) })('arn'));

    expect(error).toMatchObject({ message: expect.stringContaining('TimeoutError') });
    expect(seconds).toBe(5);
  });

  it('is given up when a deployment starts: Neo4j', async () => {
    const mute = createTcpServer().listen(0, '127.0.0.1');
    await events.once(mute, 'listening');
    const { port } = mute.address() as AddressInfo;
    const { code, stderr } = await localRun(['--serve', '--port', '0'], {
      NEO4J_URI: `bolt://127.0.0.1:${port}`,
    });
    mute.close();

    expect([code, stderr]).toEqual([2, expect.stringMatching(/^NEO4J_URI .* can't be used: /)]);
  });
});

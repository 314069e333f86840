import { createServer, type Server } from 'node:http';
import {
  type AddressInfo,
  createServer as createSocketServer,
  type Socket,
  type Server as SocketServer,
} from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { renewedEmbedder } from '../../functions/renewed-embedder.ts';
import { neo4jClient } from '../../shared/adapters/neo4j-client.ts';
import { qdrantClient } from '../../shared/adapters/qdrant-client.ts';
import { secretsManager } from '../../shared/adapters/secrets-manager.ts';
import { loadConfig } from '../../shared/config.ts';
import { graphConfig, vectorsConfig } from '../../shared/config-stores.ts';
import { UnavailableError } from '../../shared/errors.ts';
import type { Embedder } from '../../shared/ports.ts';

/** The key that the stores take, and the one that Secrets Manager gives out: a rotation changes one, then the other. */
let taken: string;
let given: string;
let fetched: number;
let http: Server;
let bolt: SocketServer;
let url: string;
let uri: string;

const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port;

beforeEach(async () => {
  [taken, given, fetched] = ['first', 'first', 0];
  http = createServer((request, response) => {
    const isSecret = request.headers['x-amz-target'] === 'secretsmanager.GetSecretValue';
    if (isSecret) fetched++;
    const isTaken = isSecret || request.headers['api-key'] === taken;
    const secret = { uri, username: 'neo4j', password: given, url, apiKey: given };
    const answer = isSecret
      ? { SecretString: JSON.stringify(secret) }
      : { result: { count: 7 }, status: 'ok' };
    response.writeHead(isTaken ? 200 : 403, { 'content-type': 'application/json' });
    response.end(JSON.stringify(isTaken ? answer : { status: { error: 'Forbidden' } }));
  });
  bolt = createSocketServer(refusing);
  for (const server of [http, bolt])
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${portOf(http)}`;
  uri = `bolt://127.0.0.1:${portOf(bolt)}`;
});
afterEach(() => {
  http.closeAllConnections();
  http.close();
  bolt.close();
});

/** Speaks as much of Bolt as it takes to refuse somebody. */
const refusing = (socket: Socket) => {
  socket.on('error', () => {});
  socket.once('data', () => {
    socket.write(Buffer.from([0, 0, 4, 4])); // Version 4.4.
    socket.once('data', () => socket.end(framed(failureMessage('Neo.ClientError.Security.Unauthorized'))));
  });
};
const text = (value: string) => Buffer.concat([Buffer.from([0xd0, value.length]), Buffer.from(value)]);
const failureMessage = (code: string) =>
  Buffer.concat([Buffer.from([0xb1, 0x7f, 0xa2]), text('code'), text(code), text('message'), text('no')]);
const framed = (message: Buffer) =>
  Buffer.concat([Buffer.from([0, message.length]), message, Buffer.from([0, 0])]);

const readSecret = () =>
  secretsManager({
    freshForMs: 0,
    client: { endpoint: url, region: 'us-east-1', credentials: { accessKeyId: 'x', secretAccessKey: 'x' } },
  });

describe('a key that is rotated while a function is warm', () => {
  it('is read again once Qdrant refuses the old one, and only then', async () => {
    const read = readSecret();
    const env = { LOCKSTEP_VECTORS_SECRET_ARN: 'arn' };
    const config = async () => (await loadConfig({ vectors: vectorsConfig }, env, read)).vectors;
    const handle = qdrantClient({ config });
    const count = () => handle.reading('a count', async (qdrant) => (await qdrant.count('docs')).count);

    await count();
    await count();
    const before = fetched;
    [taken, given] = ['second', 'second'];
    const refused = await count().catch((error: unknown) => error);
    const after = await count();

    expect(before).toBe(1);
    expect(refused).toMatchObject({ dependency: 'vectors', kind: 'auth' });
    expect([after, fetched]).toEqual([7, 2]);
  });

  it('is read again once Neo4j refuses the old one', async () => {
    const read = readSecret();
    const passwords: (string | undefined)[] = [];
    const env = { LOCKSTEP_GRAPH_SECRET_ARN: 'arn' };
    const config = async () => {
      const { graph } = await loadConfig({ graph: graphConfig }, env, read);
      passwords.push(graph.auth?.password);
      return { uri: graph.uri, ...graph.auth };
    };
    const client = neo4jClient({ config, retryMs: 100 });

    const first = await client.run('RETURN 1').catch((error: unknown) => error);
    given = 'second';
    await client.run('RETURN 1').catch(() => undefined);
    await client.close();

    expect(first).toMatchObject({ dependency: 'graph', kind: 'auth' });
    expect(passwords).toEqual(['first', 'second']);
  });

  it('is never told in an error', async () => {
    const client = neo4jClient({ config: async () => ({ uri, password: 'hunter2' }), retryMs: 100 });
    const failed = (await client.run('RETURN 1').catch((error: unknown) => error)) as Error;
    await client.close();

    expect(`${failed.message} ${failed.stack}`).not.toContain('hunter2');
  });
});

describe('an embedder whose key is rotated', () => {
  const embedderWith = (key: string): Embedder => ({
    model: 'model',
    dimension: 1,
    embed: async (texts) => {
      if (key !== taken) throw new UnavailableError('embedder', key === 'none' ? 'network' : 'auth', 'no');
      return texts.map(() => [1]);
    },
  });

  it('is built again once it is refused, for all who were refused at the same time', async () => {
    let built = 0;
    const embedder = renewedEmbedder(embedderWith('first'), async () => {
      built++;
      return embedderWith(given);
    });
    [taken, given] = ['second', 'second'];

    const refused = await Promise.allSettled([embedder.embed(['a']), embedder.embed(['b'])]);

    expect(refused.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await embedder.embed(['c'])).toEqual([[1]]);
    expect(built).toBe(1);
  });

  it('stays what it was where something else failed, or where no secret can be read', async () => {
    let built = 0;
    const failing = async () => {
      built++;
      throw new Error('no secrets today');
    };
    taken = 'second';
    await expect(renewedEmbedder(embedderWith('none'), failing).embed(['a'])).rejects.toThrow();
    expect(built).toBe(0);

    const embedder = renewedEmbedder(embedderWith('first'), failing);
    await expect(embedder.embed(['a'])).rejects.toThrow();
    taken = 'first';
    expect(await embedder.embed(['a'])).toEqual([[1]]);
    expect(built).toBe(1);
  });
});

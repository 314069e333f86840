import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, describe, expect, it } from 'vitest';
import { localGraph } from '../../infra/local/graph.ts';
import { type CypherClient, neo4jClient } from '../../shared/adapters/neo4j-client.ts';
import { ConflictError, UnavailableError } from '../../shared/errors.ts';
import { realNeo4j } from '../support/real-services.ts';

const ADD_ONE = `MERGE (n:Counter {name: $name}) SET n.lock = $name
WITH n SET n.value = coalesce(n.value, 0) + 1 RETURN n.value AS value`;

const clientContract = (name: string, open: (usage: { requests: number }) => CypherClient) => {
  describe(`cypher client on ${name}`, () => {
    const usage = { requests: 0 };
    const client = open(usage);
    const counter = `counter of ${Math.random()}`;
    const counted = async () => {
      const [row] = await client.run('MATCH (n:Counter {name: $name}) RETURN n.value AS value', {
        name: counter,
      });
      return row?.value;
    };
    afterAll(async () => {
      await client.write((run) => run('MATCH (n:Counter) DELETE n'));
      await client.close();
    });

    it('keeps all that a transaction wrote, or nothing if its work throws', async () => {
      const refusal = new ConflictError('no');

      await client.write((run) => run(ADD_ONE, { name: counter }));
      const refused = client.write(async (run) => {
        await run(ADD_ONE, { name: counter });
        throw refusal;
      });

      await expect(refused).rejects.toBe(refusal);
      expect(await counted()).toBe(1);
    });

    it('loses no update of concurrent transactions', async () => {
      await client.write((run) => run(ADD_ONE, { name: counter }));
      const before = (await counted()) as number;

      await Promise.all(
        Array.from({ length: 20 }, () => client.write((run) => run(ADD_ONE, { name: counter }))),
      );

      expect(await counted()).toBe(before + 20);
    });

    it('passes plain values both ways', async () => {
      const values = {
        whole: 7,
        half: 0.5,
        text: 'é😀',
        no: false,
        nothing: null,
        list: [1, 2],
        map: { a: ['x'] },
      };

      expect(await client.run('RETURN $values AS values', { values })).toEqual([{ values }]);
      expect(await client.run('RETURN $values AS values', { values }, { exact: true })).toEqual([{ values }]);
    });

    it('says that a statement was refused, without its text', async () => {
      const failed = await client.run('RETRUN 1').catch((error: unknown) => error);

      expect(failed).toBeInstanceOf(UnavailableError);
      expect(failed).toMatchObject({
        dependency: 'graph',
        kind: 'refused',
        message: 'graph: a statement failed',
      });
    });

    it('counts its requests', async () => {
      const before = usage.requests;

      await client.write(async (run) => {
        await run('RETURN 1 AS one');
        await run('RETURN 2 AS two');
      });

      expect(usage.requests).toBe(before + 2);
    });
  });
};

clientContract('the embedded graph', (usage) => localGraph({ usage }));

const real = realNeo4j();
if (real) clientContract('Neo4j', (usage) => neo4jClient({ config: async () => real, usage }));

const WRITER = `
import { localGraph } from ${JSON.stringify(new URL('../../infra/local/graph.ts', import.meta.url).href)};
const graph = localGraph({ directory: process.argv[1] });
for (let i = 1; ; i++) {
  await graph.write(async (run) => {
    await run('CREATE (:Kept {number: $i})', { i });
    await run('MERGE (n:Sum) SET n.count = $i', { i });
  });
  console.log(i);
}`;

describe('the embedded graph in a directory', () => {
  it('has everything acknowledged after its process was killed', { timeout: 60_000 }, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'lockstep-graph-'));
    const writer = spawn(process.execPath, ['--input-type=module', '-e', WRITER, directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let acknowledged = 0;
    for await (const line of createInterface({ input: writer.stdout })) {
      acknowledged = Number(line);
      if (acknowledged === 200) writer.kill('SIGKILL');
    }

    const graph = localGraph({ directory });
    const [row] = await graph.run('MATCH (k:Kept), (s:Sum) RETURN count(k) AS kept, max(s.count) AS sum');
    await graph.close();

    expect(acknowledged).toBeGreaterThanOrEqual(200);
    expect(row?.kept).toBeGreaterThanOrEqual(acknowledged);
    expect(row?.sum).toBe(row?.kept);
    await rm(directory, { recursive: true });
  });

  it('is closed to a second process', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'lockstep-graph-'));
    const graph = localGraph({ directory });

    expect(() => localGraph({ directory })).toThrow();

    await graph.close();
    await localGraph({ directory }).close();
    await rm(directory, { recursive: true });
  });
});

/** A server that takes connections and never says a word. */
const silentServer = async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { port, close: () => server.close() };
};

describe('the client of Neo4j', () => {
  it('says that nothing answers, but not where', async () => {
    const { port, close } = await silentServer();
    close();
    const client = neo4jClient({ config: async () => ({ uri: `bolt://127.0.0.1:${port}` }), retryMs: 100 });

    const failed = await client.run('RETURN 1').catch((error: unknown) => error);

    expect(failed).toMatchObject({ kind: 'network', message: 'graph: a statement failed' });
    await client.close();
  });

  it('does not wait for ever for a server that is silent', async () => {
    const { port, close } = await silentServer();
    const config = async () => ({ uri: `bolt://127.0.0.1:${port}` });
    const client = neo4jClient({ config, timeoutMs: 200, retryMs: 100 });

    const failed = await client.write((run) => run('RETURN 1')).catch((error: unknown) => error);

    expect(failed).toMatchObject({ dependency: 'graph', kind: 'timeout' });
    await client.close();
    close();
  });

  it('asks for its configuration again after that could not be had', async () => {
    const answers = [Promise.reject(new UnavailableError('state', 'network', 'no secret'))];
    const client = neo4jClient({
      config: () => answers.shift() ?? Promise.resolve({ uri: 'bolt://127.0.0.1:1' }),
      retryMs: 100,
    });

    await expect(client.run('RETURN 1')).rejects.toMatchObject({ dependency: 'state' });
    await expect(client.run('RETURN 1')).rejects.toMatchObject({ dependency: 'graph', kind: 'network' });
    await client.close();
  });
});

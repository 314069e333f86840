// What only a real Neo4j shows: lost answers, and what others left in its schema.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { neo4jChunks } from '../../shared/adapters/neo4j-chunks.ts';
import { type CypherClient, neo4jClient } from '../../shared/adapters/neo4j-client.ts';
import type { Chunk } from '../../shared/domain/chunk.ts';
import { NATIVE_LAYOUT } from '../../shared/domain/layout.ts';
import {
  ABSENT,
  aGuard,
  aStoredProject,
  by,
  chunksOf,
  put,
  remove,
} from '../contracts/chunk-store-builders.ts';
import { realNeo4j } from '../support/real-services.ts';

const config = realNeo4j() ?? { uri: '' };
const COMMIT = Buffer.from([0x00, 0x02, 0xb0, 0x12, 0x00, 0x00]);

/** Passes everything on to Neo4j, but cuts the line instead of bringing back the answers to the next `losses` commits. */
const losingProxy = async () => {
  const { hostname, port } = new URL(config.uri);
  const state = { losses: 0 };
  const server = createServer((client) => {
    const target = connect(Number(port || 7687), hostname);
    let isLost = false;
    client.on('data', (data: Buffer) => {
      if (state.losses > 0 && data.includes(COMMIT)) {
        state.losses -= 1;
        isLost = true;
      }
      target.write(data);
    });
    target.on('data', (data) => (isLost ? client.destroy() : client.write(data)));
    client.on('close', () => target.end()).on('error', () => target.destroy());
    target.on('close', () => client.destroy()).on('error', () => client.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: own } = server.address() as AddressInfo;
  return { state, uri: `bolt://127.0.0.1:${own}`, close: () => server.close() };
};

describe('Neo4j that loses the answer to a commit', () => {
  it('has the changes once, and its client says so', async () => {
    const proxy = await losingProxy();
    const client = neo4jClient({ config: async () => ({ ...config, uri: proxy.uri }) });
    const store = neo4jChunks({ client, layout: NATIVE_LAYOUT });
    const project = aStoredProject();
    await store.register(project);
    const [first, second] = [aGuard(project), aGuard(project, { version: 2 })];
    const [changed, gone, fresh] = chunksOf(3) as [Chunk, Chunk, Chunk];
    const removed = gone.chunk_id;
    await store.apply(first, [put(changed), put(gone)]);

    proxy.state.losses = 2;
    const changes = [remove(removed, by(first.op_id)), put(changed, by(first.op_id)), put(fresh, ABSENT)];
    const { applied, refused } = await store.apply(second, changes);

    expect(proxy.state.losses).toBe(0);
    expect(applied).toEqual([removed, changed.chunk_id, fresh.chunk_id]);
    expect(refused).toEqual([]);
    expect(await store.count(project.project)).toBe(2);
    await store.drop(project.project);
    await client.close();
    proxy.close();
  });
});

describe('Neo4j with a schema that others made', () => {
  const graph = { ...NATIVE_LAYOUT.graph, chunk_label: 'AdoptedChunk' };
  const client: CypherClient = neo4jClient({ config: async () => config });
  const store = neo4jChunks({ client, layout: { ...NATIVE_LAYOUT, graph } });
  const project = aStoredProject();
  const cypher = (statement: string) => client.write((run) => run(statement));
  afterAll(async () => {
    await store.drop(project.project);
    await cypher('DROP CONSTRAINT lockstep_AdoptedChunk_id IF EXISTS');
    await cypher('DROP INDEX lockstep_AdoptedChunk_bucket IF EXISTS');
    await client.close();
  });

  it('is refused while two chunks share an id', async () => {
    await cypher(`UNWIND [1, 2] AS i CREATE (:AdoptedChunk {project: 'x', chunk_id: 'same'})`);

    await expect(store.register(project)).rejects.toMatchObject({ code: 'duplicate_chunks' });

    await cypher('MATCH (c:AdoptedChunk) DELETE c');
  });

  it('is refused while an index takes the place of our constraint', async () => {
    await cypher('CREATE INDEX adopted FOR (c:AdoptedChunk) ON (c.project, c.chunk_id)');

    await expect(store.register(project)).rejects.toMatchObject({ code: 'index_in_the_way' });

    await cypher('DROP INDEX adopted');
  });

  it('is taken with a constraint like ours under another name', async () => {
    await cypher('CREATE CONSTRAINT adopted FOR (c:AdoptedChunk) REQUIRE (c.project, c.chunk_id) IS UNIQUE');

    await store.register(project);

    expect(await store.identity(project.project)).toBe(project.identity);
    await cypher('DROP CONSTRAINT adopted');
  });
});

describe('Neo4j that is given a heavy statement', () => {
  it('ends it in time, and says so', async () => {
    const client = neo4jClient({ config: async () => config, timeoutMs: 300, retryMs: 5_000 });
    const endless = 'UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b RETURN sum(a * b) AS sum';

    const failed = await client.run(endless).catch((error: unknown) => error);

    expect(failed).toMatchObject({ kind: 'timeout' });
    await client.close();
  });
});

import { neo4jChunks } from '../../shared/adapters/neo4j-chunks.ts';
import type { CypherClient } from '../../shared/adapters/neo4j-client.ts';
import { NATIVE_LAYOUT } from '../../shared/domain/layout.ts';
import type { GraphStore } from '../../shared/ports.ts';
import type { ChunkStoreUnderTest } from './chunk-store.ts';
import { aStoredProject } from './chunk-store-builders.ts';

/** A graph store with the client beneath it, for tests that look at the graph itself. */
export interface GraphStoreUnderTest extends ChunkStoreUnderTest {
  store: GraphStore;
  client: CypherClient;
}

/** A new project on a client, which `stop` closes. */
export const aGraphStore = (client: CypherClient): GraphStoreUnderTest => {
  const project = aStoredProject();
  const store = neo4jChunks({ client, layout: NATIVE_LAYOUT });
  const key = '(c:Chunk {project: $project, chunk_id: $chunk_id})';
  const inProject = (chunk_id: string) => ({ project: project.project, chunk_id });
  return {
    store,
    client,
    project,
    async damage(chunk_id, properties) {
      await client.write((run) =>
        run(`MERGE ${key} SET c += $properties`, { ...inProject(chunk_id), properties }),
      );
    },
    async raw(chunk_id) {
      const [row] = await client.run(`MATCH ${key} RETURN properties(c) AS properties`, inProject(chunk_id));
      return row?.properties as Record<string, unknown> | undefined;
    },
    async stop() {
      await store.drop(project.project);
      await client.close();
    },
  };
};

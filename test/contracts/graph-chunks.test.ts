import { localGraph } from '../../infra/local/graph.ts';
import { type CypherClient, neo4jClient } from '../../shared/adapters/neo4j-client.ts';
import { chunkStoreContract } from './chunk-store.ts';
import { graphStoreContract } from './graph-store.ts';
import { aGraphStore } from './graph-store-builders.ts';

const keepsPromises = (name: string, open: () => CypherClient) => {
  chunkStoreContract(name, async () => aGraphStore(open()));
  graphStoreContract(name, async () => aGraphStore(open()));
};

keepsPromises('the embedded graph', () => localGraph());

const { NEO4J_URI: uri, NEO4J_USERNAME: username, NEO4J_PASSWORD: password } = process.env;
if (uri) {
  const config = { uri, ...(username ? { username } : {}), ...(password ? { password } : {}) };
  keepsPromises('Neo4j', () => neo4jClient({ config: async () => config }));
}

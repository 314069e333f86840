import { localGraph } from '../../infra/local/graph.ts';
import { type CypherClient, neo4jClient } from '../../shared/adapters/neo4j-client.ts';
import { realNeo4j } from '../support/real-services.ts';
import { chunkStoreContract } from './chunk-store.ts';
import { graphStoreContract } from './graph-store.ts';
import { aGraphStore } from './graph-store-builders.ts';

const keepsPromises = (name: string, open: () => CypherClient) => {
  chunkStoreContract(name, async () => aGraphStore(open()));
  graphStoreContract(name, async () => aGraphStore(open()));
};

keepsPromises('the embedded graph', () => localGraph());

const real = realNeo4j();
if (real) keepsPromises('Neo4j', () => neo4jClient({ config: async () => real }));

// What every measurement runs on: all ports over the real services, with a bus that is delivered by hand.

import type { QdrantClient } from '@qdrant/js-client-rest';
import { worldOf } from '../../functions/dependencies.ts';
import { systemClock } from '../../shared/adapters/clock.ts';
import { signedCursors } from '../../shared/adapters/cursors.ts';
import { dynamoClient, type TableHandle } from '../../shared/adapters/dynamodb-client.ts';
import { hashingEmbedder } from '../../shared/adapters/hashing-embedder.ts';
import { type CypherClient, type Neo4jConfig, neo4jClient } from '../../shared/adapters/neo4j-client.ts';
import { type QdrantConfig, qdrantClient } from '../../shared/adapters/qdrant-client.ts';
import type { World } from '../../shared/operations/world.ts';
import type { Clock } from '../../shared/ports.ts';
import { configFor } from '../contracts/tables.ts';
import { type HeldBus, heldBus } from '../support/bus.ts';
import { plainQdrant, realNeo4j, realQdrant } from '../support/real-services.ts';

export interface TableNames {
  events: string;
  state: string;
}

export interface Stage {
  world: World & { bus: HeldBus };
  /** Straight to the stores, to fill and to damage them. */
  cypher: CypherClient;
  qdrant: QdrantClient;
  tables: TableNames;
  /** The client through which everything reaches the table of events. */
  events: TableHandle;
  close(): Promise<void>;
}

export interface StageOptions {
  /** Instead of the services in the environment. */
  neo4j: Neo4jConfig;
  qdrant: QdrantConfig;
  clock: Clock;
}

/** A child process stands on the same tables as its parent. */
export const stageOn = (
  tables: TableNames,
  {
    neo4j = realNeo4j() ?? { uri: '' },
    qdrant = realQdrant() ?? { url: '' },
    clock = systemClock,
  }: Partial<StageOptions> = {},
): Stage => {
  const client = dynamoClient(configFor(process.env.AWS_ENDPOINT_URL_DYNAMODB ?? ''));
  const cypher = neo4jClient({ config: async () => neo4j });
  const bus = heldBus();
  const events = { client, tableName: tables.events };
  const world = worldOf({
    cypher,
    qdrant: qdrantClient({ config: async () => qdrant }),
    events,
    state: { client, tableName: tables.state },
    embedder: hashingEmbedder(),
    bus,
    cursors: signedCursors('a secret of the measurements'),
    clock,
  });
  const close = async () => {
    await cypher.close();
    client.destroy();
  };
  return { world: { ...world, bus }, cypher, qdrant: plainQdrant(qdrant), tables, events, close };
};

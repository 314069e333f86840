// What every measurement runs on: all ports over the real services, with a bus that is delivered by hand.

import type { QdrantClient } from '@qdrant/js-client-rest';
import { worldOf } from '../../functions/dependencies.ts';
import { systemClock } from '../../shared/adapters/clock.ts';
import { signedCursors } from '../../shared/adapters/cursors.ts';
import { dynamoClient, type TableHandle } from '../../shared/adapters/dynamodb-client.ts';
import { hashingEmbedder } from '../../shared/adapters/hashing-embedder.ts';
import { type CypherClient, neo4jClient } from '../../shared/adapters/neo4j-client.ts';
import { qdrantClient } from '../../shared/adapters/qdrant-client.ts';
import type { World } from '../../shared/operations/world.ts';
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

/** The services are those in the environment; a child process stands on the same tables as its parent. */
export const stageOn = (tables: TableNames): Stage => {
  const client = dynamoClient(configFor(process.env.AWS_ENDPOINT_URL_DYNAMODB ?? ''));
  const [neo4j, qdrant] = [realNeo4j() ?? { uri: '' }, realQdrant() ?? { url: '' }];
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
    clock: systemClock,
  });
  const close = async () => {
    await cypher.close();
    client.destroy();
  };
  return { world: { ...world, bus }, cypher, qdrant: plainQdrant(qdrant), tables, events, close };
};

import { randomUUID } from 'node:crypto';
import { localGraph } from '../../infra/local/graph.ts';
import { startQdrant } from '../../infra/local/qdrant.ts';
import { cachedRetention } from '../../shared/adapters/cached-retention.ts';
import { randomIds } from '../../shared/adapters/clock.ts';
import { signedCursors } from '../../shared/adapters/cursors.ts';
import { dynamoBreakers } from '../../shared/adapters/dynamodb-breakers.ts';
import type { Usage } from '../../shared/adapters/dynamodb-client.ts';
import { dynamoDocuments } from '../../shared/adapters/dynamodb-documents.ts';
import { dynamoDrifts } from '../../shared/adapters/dynamodb-drifts.ts';
import { dynamoEventStore } from '../../shared/adapters/dynamodb-event-store.ts';
import { dynamoLimits } from '../../shared/adapters/dynamodb-limits.ts';
import { dynamoProjects } from '../../shared/adapters/dynamodb-projects.ts';
import { dynamoQuarantine } from '../../shared/adapters/dynamodb-quarantine.ts';
import { dynamoRepairs } from '../../shared/adapters/dynamodb-repairs.ts';
import { dynamoScans } from '../../shared/adapters/dynamodb-scans.ts';
import { hashingEmbedder } from '../../shared/adapters/hashing-embedder.ts';
import { neo4jChunks } from '../../shared/adapters/neo4j-chunks.ts';
import { type CypherClient, neo4jClient } from '../../shared/adapters/neo4j-client.ts';
import { qdrantChunks } from '../../shared/adapters/qdrant-chunks.ts';
import { type QdrantConfig, qdrantClient } from '../../shared/adapters/qdrant-client.ts';
import { NATIVE_LAYOUT } from '../../shared/domain/layout.ts';
import type { World } from '../../shared/operations/world.ts';
import { freshTables } from '../contracts/tables.ts';
import { type HeldBus, heldBus } from './bus.ts';
import { type TestClock, testClock } from './clock.ts';
import { realNeo4j, realQdrant } from './real-services.ts';

/** Every port over the stand-ins, or over the real services where their variables are set. */
export interface LocalWorld {
  world: World & { clock: TestClock; bus: HeldBus };
  /** Straight to the stores, for damage behind Lockstep's back. */
  cypher: CypherClient;
  qdrant: QdrantConfig;
  /** What has been asked of DynamoDB. */
  usage: Usage;
  /** A project name that no other test uses. */
  project: string;
  stop(): Promise<void>;
}

export const localWorld = async ({
  ids = randomIds,
  project = `t-${randomUUID().slice(0, 13)}`,
}: Partial<Pick<World, 'ids'> & Pick<LocalWorld, 'project'>> = {}): Promise<LocalWorld> => {
  const tables = await freshTables();
  const standIn = realQdrant() ? undefined : await startQdrant({});
  const qdrant = realQdrant() ?? { url: standIn?.url ?? '' };
  const cypher = cypherClient();
  const clock = testClock();
  const cursors = signedCursors('a secret of the tests');
  const state = { ...tables.state, cursors, clock };
  const projects = dynamoProjects(state);
  const retentionDays = cachedRetention(projects, clock);
  const layout = NATIVE_LAYOUT;
  const world = {
    graph: neo4jChunks({ client: cypher, layout }),
    vectors: qdrantChunks({ client: qdrantClient({ config: async () => qdrant }), layout }),
    embedder: hashingEmbedder(),
    events: dynamoEventStore({ ...tables.events, cursors, clock, retentionDays }),
    documents: dynamoDocuments(state),
    projects,
    scans: dynamoScans(state),
    drifts: dynamoDrifts(state),
    repairs: dynamoRepairs(state),
    breakers: dynamoBreakers(state),
    limits: dynamoLimits(state),
    quarantine: dynamoQuarantine(state),
    bus: heldBus(),
    clock,
    ids,
  };
  const stop = async () => {
    if (realNeo4j()) await world.graph.drop(project);
    if (realQdrant()) await world.vectors.drop(project);
    await Promise.all([cypher.close(), standIn?.close(), tables.stop()]);
  };
  return { world, cypher, qdrant, usage: tables.usage, project, stop };
};

const cypherClient = (): CypherClient => {
  const config = realNeo4j();
  return config ? neo4jClient({ config: async () => config }) : localGraph();
};

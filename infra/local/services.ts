// What the local deployment runs on: real services where their variables are set, stand-ins otherwise.

import { join } from 'node:path';
import { archiveOf, embedderOf, type Services } from '../../functions/dependencies.ts';
import { systemClock } from '../../shared/adapters/clock.ts';
import { signedCursors } from '../../shared/adapters/cursors.ts';
import { dynamoClient } from '../../shared/adapters/dynamodb-client.ts';
import { type CypherClient, neo4jClient } from '../../shared/adapters/neo4j-client.ts';
import { qdrantClient } from '../../shared/adapters/qdrant-client.ts';
import { s3Archive } from '../../shared/adapters/s3-archive.ts';
import { s3Client } from '../../shared/adapters/s3-bucket.ts';
import {
  type LocalConfig,
  loadConfig,
  localConfig,
  runtimeConfig,
  stateConfig,
} from '../../shared/config.ts';
import { embedderConfig } from '../../shared/config-embedder.ts';
import { createTables, startDynamo, tableNameOf } from './dynamodb.ts';
import { localGraph } from './graph.ts';
import { startQdrant } from './qdrant.ts';
import { startS3 } from './s3.ts';

export interface LocalServices {
  services: Omit<Services, 'bus'>;
  /** What stands behind each port, for the screen. */
  described: { graph: string; vectors: string; state: string; archive: string; embedder: string };
  qdrantUrl: string;
  qdrantApiKey: string | undefined;
  /** Whether a side is a real one, somebody's. */
  isReal: boolean;
  logLevel: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';
  close(): Promise<void>;
}

/** Starts what is not given. Throws ConfigurationError with every problem at once, before anything is started. */
export const startServices = async (directory: string | undefined): Promise<LocalServices> => {
  const readers = {
    local: localConfig,
    state: stateConfig,
    embedder: embedderConfig,
    runtime: runtimeConfig,
  };
  const { local, state, embedder: embedding, runtime } = await loadConfig(readers);
  const dynamo = local.dynamodb ? undefined : await startDynamo(inFolder(directory, 'dynamodb'));
  const qdrant = local.vectors ? undefined : await startQdrant(inFolder(directory, 'qdrant'));
  const qdrantUrl = local.vectors?.url ?? qdrant?.url ?? '';
  const cypher = cypherOf(local, directory);
  const client = dynamoClient(dynamo ? { endpoint: dynamo.endpoint, ...NOBODY } : {});
  await createTables(client, state.tablePrefix);
  const s3 = local.archive ? undefined : await startS3(inFolder(directory, 'archive'));
  const embedder = embedderOf(embedding);
  return {
    services: {
      cypher,
      qdrant: qdrantClient({ config: async () => ({ ...local.vectors, url: qdrantUrl }) }),
      events: { client, tableName: tableNameOf(state.tablePrefix, { name: 'Events' }) },
      state: { client, tableName: tableNameOf(state.tablePrefix, { name: 'State' }) },
      embedder,
      archive: local.archive ? archiveOf(local.archive) : standInArchive(s3?.endpoint ?? ''),
      cursors: signedCursors(state.cursorSecret),
      clock: systemClock,
    },
    described: {
      graph: local.graph ? `Neo4j at ${local.graph.uri}` : 'Grafeo, in process (stands in for Neo4j)',
      vectors: local.vectors ? `Qdrant at ${local.vectors.url}` : 'a stand-in for Qdrant',
      state: local.dynamodb ? `DynamoDB at ${local.dynamodb.url}` : 'dynalite (stands in for DynamoDB)',
      archive: local.archive ? `S3, bucket ${local.archive.bucket}` : 'a stand-in for S3',
      embedder: `${embedder.model}, ${embedder.dimension} dimensions`,
    },
    qdrantUrl,
    qdrantApiKey: local.vectors?.apiKey,
    isReal: local.graph !== undefined || local.vectors !== undefined,
    logLevel: runtime.logLevel,
    async close() {
      await cypher.close();
      client.destroy();
      await Promise.all([qdrant?.close(), dynamo?.close(), s3?.close()]);
    },
  };
};

export const standInArchive = (endpoint: string) =>
  s3Archive({ client: s3Client({ endpoint, forcePathStyle: true, ...NOBODY }), bucket: 'archive' });

/** The stand-in takes any credentials, and no real ones should ever be sent to it. */
export const NOBODY = { region: 'local', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

const inFolder = (directory: string | undefined, name: string): { directory?: string } =>
  directory === undefined ? {} : { directory: join(directory, name) };

const cypherOf = ({ graph }: LocalConfig, directory: string | undefined): CypherClient => {
  if (!graph) return localGraph(inFolder(directory, 'graph'));
  const { uri, auth, database } = graph;
  return neo4jClient({ config: async () => ({ uri, ...auth, ...(database ? { database } : {}) }) });
};

// What the local deployment runs on: real services where their variables are set, stand-ins otherwise.

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
  type RuntimeConfig,
  runtimeConfig,
  stateConfig,
} from '../../shared/config.ts';
import { embedderConfig } from '../../shared/config-embedder.ts';
import type { GraphConfig } from '../../shared/config-stores.ts';
import { checkServices } from './check-services.ts';
import { type DataDirectory, inDirectory } from './data-directory.ts';
import { createTables, startDynamo, tableNameOf } from './dynamodb.ts';
import { localGraph } from './graph.ts';
import { mendIndexes } from './mend-indexes.ts';
import { startQdrant } from './qdrant.ts';
import { startS3 } from './s3.ts';

export interface LocalServices {
  services: Omit<Services, 'bus'>;
  /** What stands behind each port, for the screen. */
  described: { graph: string; vectors: string; state: string; archive: string; embedder: string };
  /** Those of them that are real, somebody's. */
  real: string[];
  qdrantUrl: string;
  qdrantApiKey: string | undefined;
  logLevel: RuntimeConfig['logLevel'];
  close(): Promise<void>;
}

/** The services of somebody, by their addresses. */
export const realOf = ({ graph, vectors, dynamodb, archive }: LocalConfig): string[] => [
  ...(graph ? [`Neo4j at ${graph.uri}`] : []),
  ...(vectors ? [`Qdrant at ${vectors.url}`] : []),
  ...(dynamodb ? [`DynamoDB at ${dynamodb.url}`] : []),
  ...(archive ? [`S3, bucket ${archive.bucket}`] : []),
];

/** Starts what is not given. Refuses with every problem at once, before anything is started. */
export const startServices = async (directory: DataDirectory | undefined): Promise<LocalServices> => {
  const readers = {
    local: localConfig,
    state: stateConfig,
    embedder: embedderConfig,
    runtime: runtimeConfig,
  };
  const { local, state, embedder: embedding, runtime } = await loadConfig(readers);
  const embedder = embedderOf(embedding);
  await using opened = new AsyncDisposableStack();
  const { client, described: stateIs } = await startState(local, state.tablePrefix, directory, opened);
  const { qdrantUrl, described: vectorsAre } = await startVectors(local, directory, opened);
  const { cypher, described: graphIs } = await startGraph(local, directory, opened);
  const { archive, described: archiveIs } = await startArchive(local, directory, opened);
  const closing = opened.move();
  const table = (name: 'Events' | 'State') => ({
    client,
    tableName: tableNameOf(state.tablePrefix, { name }),
  });
  return {
    services: {
      cypher,
      qdrant: qdrantClient({ config: async () => ({ ...local.vectors, url: qdrantUrl }) }),
      events: table('Events'),
      state: table('State'),
      embedder,
      archive,
      cursors: signedCursors(state.cursorSecret),
      clock: systemClock,
    },
    described: {
      graph: graphIs,
      vectors: vectorsAre,
      state: stateIs,
      archive: archiveIs,
      embedder: `${embedder.model}, ${embedder.dimension} dimensions`,
    },
    real: realOf(local),
    qdrantUrl,
    qdrantApiKey: local.vectors?.apiKey,
    logLevel: runtime.logLevel,
    close: () => closing.disposeAsync(),
  };
};

export const standInArchive = (endpoint: string) =>
  s3Archive({ client: s3Client({ endpoint, forcePathStyle: true, ...NOBODY }), bucket: 'archive' });

/** The stand-in takes any credentials, and no real ones should ever be sent to it. */
export const NOBODY = { region: 'local', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

/** Where it opens the files of a stand-in, what fails is the folder's fault. */
const standIn = async <T>(
  directory: DataDirectory | undefined,
  name: string,
  start: (options: { directory?: string }) => Promise<T> | T,
): Promise<T> =>
  directory === undefined
    ? await start({})
    : await inDirectory(directory.path, () => start({ directory: directory.of(name) }));

type Opened = AsyncDisposableStack;

/** The real services are asked first: nothing is created on one while another can't be used. */
const startState = async (
  local: LocalConfig,
  prefix: string,
  directory: DataDirectory | undefined,
  opened: Opened,
) => {
  const dynamo = local.dynamodb ? undefined : await standIn(directory, 'dynamodb', startDynamo);
  opened.defer(async () => await dynamo?.close());
  const client = dynamoClient(dynamo ? { endpoint: dynamo.endpoint, ...NOBODY } : {});
  opened.defer(() => client.destroy());
  await checkServices(local, client, tableNameOf(prefix, { name: 'Events' }));
  await createTables(client, prefix);
  if (dynamo && directory) await mendIndexes(client, tableNameOf(prefix, { name: 'State' }));
  const described = local.dynamodb
    ? `DynamoDB at ${local.dynamodb.url}`
    : 'dynalite (stands in for DynamoDB)';
  return { client, described };
};

const startVectors = async (
  { vectors }: LocalConfig,
  directory: DataDirectory | undefined,
  opened: Opened,
) => {
  if (vectors) return { qdrantUrl: vectors.url, described: `Qdrant at ${vectors.url}` };
  const qdrant = await standIn(directory, 'qdrant', startQdrant);
  opened.defer(qdrant.close);
  return { qdrantUrl: qdrant.url, described: `a stand-in for Qdrant at ${qdrant.url}` };
};

const startGraph = async ({ graph }: LocalConfig, directory: DataDirectory | undefined, opened: Opened) => {
  const cypher = graph ? realGraph(graph) : await standIn(directory, 'graph', localGraph);
  opened.defer(cypher.close);
  return {
    cypher,
    described: graph ? `Neo4j at ${graph.uri}` : 'Grafeo, in process (stands in for Neo4j)',
  };
};

const startArchive = async (
  { archive }: LocalConfig,
  directory: DataDirectory | undefined,
  opened: Opened,
) => {
  if (archive) return { archive: archiveOf(archive), described: `S3, bucket ${archive.bucket}` };
  const s3 = await standIn(directory, 'archive', startS3);
  opened.defer(s3.close);
  return { archive: standInArchive(s3.endpoint), described: 'a stand-in for S3' };
};

const realGraph = ({ uri, auth, database }: GraphConfig): CypherClient =>
  neo4jClient({ config: async () => ({ uri, ...auth, ...(database ? { database } : {}) }) });

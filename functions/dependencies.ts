// The composition root of what is deployed: adapters over the configured services, built once a process. The local
// deployment and the tests compose their own from the same parts.

import type { Context } from 'aws-lambda';
import { bedrockEmbedder } from '../shared/adapters/bedrock-embedder.ts';
import { cachedRetention } from '../shared/adapters/cached-retention.ts';
import { randomIds, systemClock } from '../shared/adapters/clock.ts';
import { type Cursors, signedCursors } from '../shared/adapters/cursors.ts';
import { dynamoBreakers } from '../shared/adapters/dynamodb-breakers.ts';
import { dynamoClient, type TableHandle } from '../shared/adapters/dynamodb-client.ts';
import { dynamoDocuments } from '../shared/adapters/dynamodb-documents.ts';
import { dynamoDrifts } from '../shared/adapters/dynamodb-drifts.ts';
import { dynamoEventImages } from '../shared/adapters/dynamodb-event-images.ts';
import { dynamoEventStore } from '../shared/adapters/dynamodb-event-store.ts';
import { dynamoIdempotency } from '../shared/adapters/dynamodb-idempotency.ts';
import { dynamoLimits } from '../shared/adapters/dynamodb-limits.ts';
import { dynamoProjects } from '../shared/adapters/dynamodb-projects.ts';
import { dynamoQuarantine } from '../shared/adapters/dynamodb-quarantine.ts';
import { dynamoRepairs } from '../shared/adapters/dynamodb-repairs.ts';
import { dynamoScans } from '../shared/adapters/dynamodb-scans.ts';
import { eventBridgeBus } from '../shared/adapters/eventbridge-bus.ts';
import { hashingEmbedder } from '../shared/adapters/hashing-embedder.ts';
import { httpEmbedder } from '../shared/adapters/http-embedder.ts';
import { neo4jChunks } from '../shared/adapters/neo4j-chunks.ts';
import { type CypherClient, neo4jClient } from '../shared/adapters/neo4j-client.ts';
import { qdrantChunks } from '../shared/adapters/qdrant-chunks.ts';
import { type QdrantHandle, qdrantClient } from '../shared/adapters/qdrant-client.ts';
import { s3Archive } from '../shared/adapters/s3-archive.ts';
import { s3Client } from '../shared/adapters/s3-bucket.ts';
import { secretsManager } from '../shared/adapters/secrets-manager.ts';
import { splitText } from '../shared/adapters/text-splitter.ts';
import {
  type ArchiveConfig,
  archiveConfig,
  busConfig,
  loadConfig,
  runtimeConfig,
  stateConfig,
} from '../shared/config.ts';
import { type EmbedderConfig, embedderConfig } from '../shared/config-embedder.ts';
import { settingsConfig } from '../shared/config-settings.ts';
import { type GraphConfig, graphConfig, vectorsConfig } from '../shared/config-stores.ts';
import { NATIVE_LAYOUT } from '../shared/domain/layout.ts';
import type { Settings } from '../shared/domain/settings.ts';
import type { Reader } from '../shared/environment.ts';
import { UnavailableError } from '../shared/errors.ts';
import type { World } from '../shared/operations/world.ts';
import type { Archive, Bus, Clock, Embedder, EventImages, Idempotency } from '../shared/ports.ts';
import type { SplitText } from './document-targets.ts';
import { renewedEmbedder } from './renewed-embedder.ts';
import type { PathForm } from './request.ts';
import { type Telemetry, telemetry } from './telemetry.ts';

/** Everything that a function needs. */
export interface Dependencies {
  world: World;
  splitText: SplitText;
  idempotency: Idempotency;
  archive: Archive;
  images: EventImages;
  telemetry: Telemetry;
  /** How the request's path comes: API Gateway's HTTP API has decoded it already. */
  pathForm: PathForm;
}

/** What differs between one deployment and another. */
export interface Services {
  cypher: CypherClient;
  qdrant: QdrantHandle;
  events: TableHandle;
  state: TableHandle;
  embedder: Embedder;
  bus: Bus;
  archive: Archive;
  cursors: Cursors;
  clock: Clock;
  /** What projects start with, where it is not the defaults. */
  initialSettings?: Partial<Settings>;
}

export const worldOf = ({
  cypher,
  qdrant,
  events,
  embedder,
  bus,
  ...rest
}: Omit<Services, 'archive'>): World => {
  const { cursors, clock, initialSettings } = rest;
  const state = { ...rest.state, cursors, clock };
  const projects = dynamoProjects({ ...state, ...(initialSettings ? { initialSettings } : {}) });
  const retentionDays = cachedRetention(projects, clock);
  return {
    graph: neo4jChunks({ client: cypher, layout: NATIVE_LAYOUT }),
    vectors: qdrantChunks({ client: qdrant, layout: NATIVE_LAYOUT }),
    embedder,
    events: dynamoEventStore({ ...events, cursors, clock, retentionDays }),
    documents: dynamoDocuments(state),
    projects,
    scans: dynamoScans(state),
    drifts: dynamoDrifts(state),
    repairs: dynamoRepairs(state),
    breakers: dynamoBreakers(state),
    limits: dynamoLimits(state),
    quarantine: dynamoQuarantine(state),
    bus,
    clock,
    ids: randomIds,
  };
};

export const dependenciesOf = (
  services: Services,
  of: Pick<Dependencies, 'telemetry' | 'pathForm'>,
): Dependencies => ({
  world: worldOf(services),
  splitText,
  idempotency: dynamoIdempotency({ ...services.state, clock: services.clock }),
  archive: services.archive,
  images: dynamoEventImages(services.events),
  ...of,
});

export interface Needs {
  /** Functions that never make a vector are deployed without an embedder's configuration. Default true. */
  embedder?: boolean;
  /** Only what fills or reads the archive is deployed with its bucket. Default false. */
  archive?: boolean;
}

/** Clients read their configuration when they first connect, and again when it is refused: keys rotate. */
const deployed = async ({
  embedder: isEmbedding = true,
  archive: isArchiving = false,
}: Needs): Promise<Dependencies> => {
  const readSecret = secretsManager();
  const load = <Configs extends Record<string, unknown>>(
    readers: {
      [Name in keyof Configs]: Reader<Configs[Name]>;
    },
  ) => loadConfig<Configs>(readers, undefined, readSecret);
  const config = await load({
    runtime: runtimeConfig,
    state: stateConfig,
    bus: busConfig,
    settings: settingsConfig,
    embedder: isEmbedding ? embedderConfig : async () => undefined,
    archive: isArchiving ? archiveConfig : async () => undefined,
  });
  const { stage, logLevel } = config.runtime;
  const { tablePrefix, cursorSecret } = config.state;
  const client = dynamoClient({});
  const services: Services = {
    cypher: neo4jClient({ config: async () => cypherConfigOf((await load({ graph: graphConfig })).graph) }),
    qdrant: qdrantClient({ config: async () => (await load({ vectors: vectorsConfig })).vectors }),
    events: { client, tableName: `${tablePrefix}-Events` },
    state: { client, tableName: `${tablePrefix}-State` },
    embedder: config.embedder
      ? renewedEmbedder(embedderOf(config.embedder), async () =>
          embedderOf((await load({ embedder: embedderConfig })).embedder),
        )
      : noEmbedder,
    bus: eventBridgeBus({ busName: config.bus.busName }),
    archive: config.archive ? archiveOf(config.archive) : noArchive,
    cursors: signedCursors(cursorSecret),
    clock: systemClock,
    initialSettings: config.settings,
  };
  return dependenciesOf(services, { telemetry: telemetry({ stage, logLevel }), pathForm: 'decoded' });
};

const cypherConfigOf = ({ uri, auth, database }: GraphConfig) => ({
  uri,
  ...auth,
  ...(database ? { database } : {}),
});

export const embedderOf = (config: EmbedderConfig): Embedder => {
  switch (config.kind) {
    case 'hashing':
      return hashingEmbedder();
    case 'openai':
      return httpEmbedder(config);
    case 'bedrock':
      return bedrockEmbedder(config);
    default:
      return config satisfies never;
  }
};

const noEmbedder: Embedder = {
  model: '',
  dimension: 0,
  embed: () => Promise.reject(new UnavailableError('embedder', 'refused', 'this function has none')),
};

export const archiveOf = ({ bucket, pathStyle }: ArchiveConfig): Archive =>
  s3Archive({ client: s3Client({ forcePathStyle: pathStyle }), bucket });

const isNotHere = (): never => {
  throw new UnavailableError('archive', 'refused', 'this function has none');
};
const noArchive: Archive = {
  put: async () => isNotHere(),
  setAside: isNotHere,
  days: isNotHere,
  read: isNotHere,
};

/** A function as Lambda calls it: its dependencies are built by the first call, and again if that fails. */
export const live = <Event, Result>(
  factory: (deps: Dependencies) => (event: Event, context?: Context) => Promise<Result>,
  needs: Needs = {},
) => {
  let made: Promise<(event: Event, context?: Context) => Promise<Result>> | undefined;
  return async (event: Event, context: Context): Promise<Result> => {
    made ??= deployed(needs).then(factory);
    made.catch(() => {
      made = undefined;
    });
    return (await made)(event, context);
  };
};

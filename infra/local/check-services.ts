// The real services are asked before anything is started on them, all at once and for a few seconds: is it there, does
// it let us in, is it new enough.

import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { neo4jChunks } from '../../shared/adapters/neo4j-chunks.ts';
import { neo4jClient } from '../../shared/adapters/neo4j-client.ts';
import { qdrantChunks } from '../../shared/adapters/qdrant-chunks.ts';
import { qdrantClient } from '../../shared/adapters/qdrant-client.ts';
import type { LocalConfig } from '../../shared/config.ts';
import type { GraphConfig, VectorsConfig } from '../../shared/config-stores.ts';
import { NATIVE_LAYOUT } from '../../shared/domain/layout.ts';
import { messageOf } from '../../shared/errors.ts';
import { StartRefused } from './start-refused.ts';

const PATIENCE_MS = 5_000;
const layout = NATIVE_LAYOUT;

/** Names every service that can't be used, by its variable, with the cause. */
export const checkServices = async (
  { graph, vectors, dynamodb }: LocalConfig,
  client: DynamoDBDocumentClient,
  tableName: string,
): Promise<void> => {
  const problems = await Promise.all([
    graph && problemOf(`NEO4J_URI ${graph.uri}`, pingGraph(graph)),
    vectors && problemOf(`QDRANT_URL ${vectors.url}`, pingVectors(vectors)),
    dynamodb && problemOf(`AWS_ENDPOINT_URL_DYNAMODB ${dynamodb.url}`, pingState(client, tableName)),
  ]);
  const found = problems.filter((problem) => problem !== undefined);
  if (found.length > 0) throw new StartRefused(found.join('\n'));
};

const pingGraph = async ({ uri, auth, database }: GraphConfig) => {
  const config = async () => ({ uri, ...auth, ...(database ? { database } : {}) });
  const client = neo4jClient({ config, timeoutMs: PATIENCE_MS, retryMs: 0 });
  await neo4jChunks({ client, layout }).ping().finally(client.close);
};

const pingVectors = (vectors: VectorsConfig) => {
  const client = qdrantClient({ config: async () => vectors, timeoutMs: PATIENCE_MS });
  return qdrantChunks({ client, layout }).ping();
};

/** Tables that are missing are created later. */
const pingState = async (client: DynamoDBDocumentClient, tableName: string) => {
  try {
    await client.send(new DescribeTableCommand({ TableName: tableName }));
  } catch (error) {
    if ((error as Error).name !== 'ResourceNotFoundException') throw error;
  }
};

const problemOf = async (what: string, ping: Promise<void>): Promise<string | undefined> => {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${PATIENCE_MS / 1000} s`)), PATIENCE_MS);
  });
  try {
    await Promise.race([ping, silence]);
    return undefined;
  } catch (error) {
    return `${what} can't be used: ${causeOf(error)}`;
  } finally {
    clearTimeout(timer);
  }
};

/** What the SDK says of its own configuration names no variable. */
const CLEARER: [RegExp, string][] = [
  [/Region is missing/, 'AWS_REGION is missing: set it to the region of the tables, such as eu-central-1'],
  [/Could not load credentials/, 'there are no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY'],
];

/** The innermost cause says what happened; what is around it says only that something did. */
const causeOf = (error: unknown): string => {
  const { cause, errors } = error as { cause?: unknown; errors?: unknown[] };
  const inner = errors?.[0] ?? cause;
  if (inner !== undefined && messageOf(inner)) return causeOf(inner);
  const said =
    messageOf(error)
      .split('\n')[0]
      ?.replace(/^(graph|vectors): /, '') ?? '';
  return CLEARER.find(([pattern]) => pattern.test(said))?.[1] ?? said;
};

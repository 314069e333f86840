// Starts the real services that Lockstep is tested against: Neo4j, Qdrant's engine, DynamoDB Local. One whose address
// is in the environment is used as it is. Run by itself, it prints their addresses and keeps them until Ctrl-C.

import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { LOOPBACK, type Log } from './child.ts';
import { type DynamoDbService, pingDynamoDb, startDynamoDb } from './dynamodb.ts';
import { type Neo4jService, pingNeo4j, startNeo4j } from './neo4j.ts';
import { pingQdrant, type QdrantService, startQdrant } from './qdrant.ts';

export interface Services {
  neo4j: Neo4jService;
  qdrant: QdrantService;
  dynamodb: DynamoDbService;
  stop(): Promise<void>;
}

/** Starts the three at once. If one cannot start, the others are stopped and an error says why. */
export const startServices = async (log: Log = () => {}): Promise<Services> => {
  const ports = await Promise.all([freePort(), freePort(), freePort()]);
  const starting = [neo4jAt(ports[0], log), qdrantAt(ports[1], log), dynamoDbAt(ports[2])] as const;
  const results = await Promise.allSettled(starting);
  const stop = async () => {
    await Promise.all(results.map((result) => result.status === 'fulfilled' && result.value.stop()));
  };
  const problems = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as Error] : [],
  );
  if (problems.length > 0) {
    await stop();
    throw new Error(problems.map((problem) => problem.message).join('\n\n'));
  }
  const [neo4j, qdrant, dynamodb] = await Promise.all(starting);
  return { neo4j, qdrant, dynamodb, stop };
};

/** What a process needs in its environment to reach them. */
export const environmentOf = ({ neo4j, qdrant, dynamodb }: Services): Record<string, string> => ({
  NEO4J_URI: neo4j.uri,
  QDRANT_URL: qdrant.url,
  AWS_ENDPOINT_URL_DYNAMODB: dynamodb.endpoint,
});

export const neo4jAt = async (port: number, log: Log): Promise<Neo4jService> => {
  const { NEO4J_URI: uri, NEO4J_USERNAME: username = 'neo4j', NEO4J_PASSWORD: password } = process.env;
  if (!uri) return startNeo4j(port, log);
  await mustAnswer('NEO4J_URI', pingNeo4j(uri, password ? { username, password } : undefined));
  return { uri, stop: leaveIt };
};

export const qdrantAt = async (port: number, log: Log): Promise<QdrantService> => {
  const url = process.env.QDRANT_URL;
  if (!url) return startQdrant(port, log);
  await mustAnswer('QDRANT_URL', pingQdrant(url));
  return { url, stop: leaveIt };
};

const dynamoDbAt = async (port: number): Promise<DynamoDbService> => {
  const endpoint = process.env.AWS_ENDPOINT_URL_DYNAMODB;
  if (!endpoint) return startDynamoDb(port);
  await mustAnswer('AWS_ENDPOINT_URL_DYNAMODB', pingDynamoDb(endpoint));
  return { endpoint, stop: leaveIt };
};

const leaveIt = async () => {};

const mustAnswer = async (variable: string, ping: Promise<void>) => {
  await ping.catch((error: Error) => {
    throw new Error(`${variable} is set, but nothing answers there: ${error.message}`, { cause: error });
  });
};

export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, LOOPBACK);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};

if (import.meta.main) {
  const services = await startServices((line) => console.error(line));
  for (const [name, value] of Object.entries(environmentOf(services))) console.log(`${name}=${value}`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void services.stop());
}

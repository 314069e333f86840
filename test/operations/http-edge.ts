// The real handlers over a real local world, called as API Gateway would: encoded paths, base64 bodies, lower-case names.

import { randomUUID } from 'node:crypto';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { type Dependencies, dependenciesOf } from '../../functions/dependencies.ts';
import { functionFor, httpHandler } from '../../functions/handler.ts';
import { planScan } from '../../functions/plan-scan.ts';
import { repairDrift } from '../../functions/repair-drift.ts';
import { scanShard } from '../../functions/scan-shard.ts';
import { telemetry } from '../../functions/telemetry.ts';
import type { WorkerHandler } from '../../functions/worker.ts';
import { localGraph } from '../../infra/local/graph.ts';
import { startQdrant } from '../../infra/local/qdrant.ts';
import { startS3 } from '../../infra/local/s3.ts';
import { signedCursors } from '../../shared/adapters/cursors.ts';
import type { TableHandle } from '../../shared/adapters/dynamodb-client.ts';
import { hashingEmbedder } from '../../shared/adapters/hashing-embedder.ts';
import type { CypherClient } from '../../shared/adapters/neo4j-client.ts';
import { qdrantClient } from '../../shared/adapters/qdrant-client.ts';
import { s3Archive } from '../../shared/adapters/s3-archive.ts';
import { s3Client } from '../../shared/adapters/s3-bucket.ts';
import type { World } from '../../shared/operations/world.ts';
import type { Envelope } from '../../shared/ports.ts';
import { configFor, freshTables } from '../contracts/tables.ts';
import { type HeldBus, heldBus } from '../support/bus.ts';
import { type TestClock, testClock } from '../support/clock.ts';

export interface Sent {
  body?: unknown;
  /** The body as bytes, where it is not the JSON of something. */
  raw?: string | Uint8Array;
  headers?: Record<string, string>;
}
export interface Received {
  status: number;
  headers: Record<string, string>;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test asserts what is in it.
  json: any;
}

export interface Edge {
  deps: Dependencies;
  world: World & { clock: TestClock; bus: HeldBus };
  cypher: CypherClient;
  qdrantUrl: string;
  events: TableHandle;
  qdrant: { url: string };
  send(method: string, path: string, sent?: Sent): Promise<Received>;
  /** As `send`, over other dependencies. */
  sendOver(deps: Dependencies, method: string, path: string, sent?: Sent): Promise<Received>;
  /** Rings what the bus holds until it is quiet. */
  deliver(deps?: Dependencies): Promise<void>;
  tick(event?: unknown): Promise<unknown>;
  /** Every item of both tables, by key. */
  items(): Promise<Map<string, string>>;
  stop(): Promise<void>;
}

export const SECRETS = {
  cursors: 'secret-that-signs-cursors-0123456789',
  qdrant: 'secret-key-of-qdrant-0123456789',
};

/** Quiet by default: one test listens. */
export const localEdge = async (options: { isLoud?: boolean } = {}): Promise<Edge> => {
  const tables = await freshTables();
  const [qdrant, s3] = await Promise.all([startQdrant({}), startS3()]);
  const bucket = s3Client({ ...configFor(s3.endpoint), forcePathStyle: true });
  const cypher = localGraph();
  const [clock, bus] = [testClock(), heldBus()];
  const isLoud = options.isLoud ?? false;
  const config = async () => ({ url: qdrant.url, ...(isLoud ? { apiKey: SECRETS.qdrant } : {}) });
  const services = {
    cypher,
    qdrant: qdrantClient({ config }),
    events: tables.events,
    state: tables.state,
    embedder: hashingEmbedder(),
    bus,
    archive: s3Archive({ client: bucket, bucket: 'archive' }),
    cursors: signedCursors(SECRETS.cursors),
    clock,
  };
  const loud = {
    stage: 'test',
    logLevel: isLoud ? ('DEBUG' as const) : ('SILENT' as const),
    emitsMetrics: isLoud,
  };
  const deps = dependenciesOf(services, { telemetry: telemetry(loud), pathForm: 'encoded' });
  const sendOver: Edge['sendOver'] = async (over, method, path, sent = {}) => {
    const event = eventOf(method, path, sent);
    const result = await httpHandler(functionFor(event, 'encoded'))(over)(event);
    const text = result.body ?? '';
    const headers = Object.fromEntries(
      Object.entries(result.headers ?? {}).map(([name, of]) => [name, String(of)]),
    );
    return {
      status: result.statusCode ?? 0,
      headers,
      text,
      json: text === '' ? undefined : JSON.parse(text),
    };
  };
  return {
    deps,
    world: { ...deps.world, clock, bus },
    cypher,
    qdrantUrl: qdrant.url,
    events: tables.events,
    qdrant: { url: qdrant.url },
    send: (...of) => sendOver(deps, ...of),
    sendOver,
    deliver: (over = deps) =>
      deliverAll(bus, { ShardReady: scanShard(over), RepairRequested: repairDrift(over) }),
    tick: (event = {}) => planScan(deps)(event),
    items: async () =>
      new Map([
        ...(await itemsOf(tables.client, tables.events.tableName)),
        ...(await itemsOf(tables.client, tables.state.tableName)),
      ]),
    stop: async () => void (await Promise.all([cypher.close(), qdrant.close(), s3.close(), tables.stop()])),
  };
};

const itemsOf = async (client: Awaited<ReturnType<typeof freshTables>>['client'], TableName: string) => {
  const found = new Map<string, string>();
  let start: Record<string, unknown> | undefined;
  do {
    const page = await client.send(
      new ScanCommand({ TableName, ExclusiveStartKey: start, ConsistentRead: true }),
    );
    for (const item of page.Items ?? [])
      found.set(`${TableName} ${item.pk} ${item.sk}`, JSON.stringify(item));
    start = page.LastEvaluatedKey;
  } while (start);
  return found;
};

const deliverAll = async (bus: HeldBus, workers: Record<'ShardReady' | 'RepairRequested', WorkerHandler>) => {
  for (let round = 0; round < 50; round++) {
    const envelopes = { ShardReady: bus.take('ShardReady'), RepairRequested: bus.take('RepairRequested') };
    if (envelopes.ShardReady.length + envelopes.RepairRequested.length === 0) return;
    for (const type of ['ShardReady', 'RepairRequested'] as const)
      for (const envelope of envelopes[type]) await workers[type](sqsEvent([{ detail: envelope }]));
  }
  throw new Error('the bus never became quiet');
};

/** A batch as SQS delivers it, of whatever is in its bodies. */
export const sqsEvent = (bodies: ({ detail: Envelope } | unknown)[]): Parameters<WorkerHandler>[0] => ({
  Records: bodies.map((body, index) => ({
    messageId: `message-${index}`,
    receiptHandle: '',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: '0',
      SenderId: '',
      ApproximateFirstReceiveTimestamp: '0',
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: '',
    awsRegion: '',
  })),
});

export const eventOf = (
  method: string,
  url: string,
  { body, raw, headers = {} }: Sent = {},
): APIGatewayProxyEventV2 => {
  const [path = '', query = ''] = url.split(/\?(.*)/s);
  const bytes = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const type = bytes === undefined ? {} : { 'content-type': 'application/json' };
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: query,
    headers: { ...type, ...headers },
    requestContext: {
      accountId: '',
      apiId: '',
      domainName: '',
      domainPrefix: '',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: '' },
      requestId: randomUUID(),
      routeKey: '$default',
      stage: '$default',
      time: '',
      timeEpoch: 0,
    },
    isBase64Encoded: bytes !== undefined,
    ...(bytes === undefined ? {} : { body: Buffer.from(bytes).toString('base64') }),
  };
};

/** A project name that no other test uses. */
export const freshName = () => `t-${randomUUID().slice(0, 13)}`;

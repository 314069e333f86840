import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventBridgeBus } from '../../shared/adapters/eventbridge-bus.ts';
import { UnavailableError } from '../../shared/errors.ts';
import type { Bus, Envelope } from '../../shared/ports.ts';

interface Entry {
  EventBusName: string;
  Source: string;
  DetailType: string;
  Detail: string;
}

/** What the server answers for an entry the n-th time that it comes; `undefined`: it is taken. */
type Refusal = (entry: Entry, times: number) => string | undefined;

let server: Server;
let bus: Bus;
let requests: Entry[][];
let refuse: Refusal;
let status: number;

beforeEach(async () => {
  requests = [];
  refuse = () => undefined;
  status = 200;
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      const { Entries } = JSON.parse(Buffer.concat(parts).toString()) as { Entries: Entry[] };
      requests.push(Entries);
      const timesOf = (entry: Entry) =>
        requests.flat().filter(({ Detail }) => Detail === entry.Detail).length;
      const answers = Entries.map((entry) => {
        const code = refuse(entry, timesOf(entry));
        return code ? { ErrorCode: code, ErrorMessage: 'no' } : { EventId: 'id' };
      });
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
      const failed = answers.filter((answer) => 'ErrorCode' in answer).length;
      response.end(
        JSON.stringify(status === 200 ? { FailedEntryCount: failed, Entries: answers } : { __type: 'Boom' }),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const client = {
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
    maxAttempts: 1,
  };
  bus = eventBridgeBus({ client, busName: 'lockstep', firstWaitMs: 1 });
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const envelope = (shard: number): Envelope => ({
  schema_version: 1,
  id: `00000000-0000-4000-8000-${String(shard).padStart(12, '0')}`,
  time: '2026-11-24T12:00:00.000Z',
  hop: 1,
  message: { type: 'ShardReady', project: 'p', correlation_id: 'c', scan_id: 's', shard },
});
const envelopes = (count: number) => Array.from({ length: count }, (_, shard) => envelope(shard));
const shardOf = ({ Detail }: Entry) => (JSON.parse(Detail) as { message: { shard: number } }).message.shard;

describe('the bus on EventBridge', () => {
  test('sends each message with its type, source and envelope', async () => {
    await bus.publish([envelope(7)]);

    const [[entry]] = requests as [[Entry]];
    expect(entry).toMatchObject({ EventBusName: 'lockstep', Source: 'lockstep', DetailType: 'ShardReady' });
    expect(JSON.parse(entry.Detail)).toEqual(envelope(7));
  });

  test('sends at most ten in a request, and all of them', async () => {
    await bus.publish(envelopes(25));

    expect(requests.map(({ length }) => length)).toEqual([10, 10, 5]);
    expect(requests.flat().map(shardOf)).toEqual(envelopes(25).map((_, shard) => shard));
  });

  test('sends again only what was not taken', async () => {
    refuse = (entry, times) => (shardOf(entry) === 3 && times < 3 ? 'ThrottlingException' : undefined);

    await bus.publish(envelopes(5));

    expect(requests.map((entries) => entries.map(shardOf))).toEqual([[0, 1, 2, 3, 4], [3], [3]]);
  });

  test('gives up in the end, and says so', async () => {
    refuse = (entry) => (shardOf(entry) === 0 ? 'InternalFailure' : undefined);

    const failure = await bus.publish(envelopes(2)).catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(UnavailableError);
    expect(failure).toMatchObject({ dependency: 'bus', kind: 'partial' });
    expect(requests).toHaveLength(5);
  });

  test('translates a request that fails as a whole', async () => {
    status = 500;

    await expect(bus.publish(envelopes(1))).rejects.toMatchObject({ code: 'unavailable', dependency: 'bus' });
  });

  test('sends nothing for nothing', async () => {
    await bus.publish([]);

    expect(requests).toEqual([]);
  });
});

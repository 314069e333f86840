// DynamoDB behind a line with troubles: every request passes through here, so that the SDK's own retries take part.

import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { startDynamo } from '../../infra/local/dynamodb.ts';
import { type LocalWorld, localWorld } from './world.ts';

/** `throttled`: refused for now, and not done. `lost`: done, but nobody hears of it. */
export type Trouble = 'throttled' | 'lost';
/** What happens to the number-th request from now on. */
export type Troubles = (number: number) => Trouble | undefined;

export interface TroubledWorld extends LocalWorld {
  /** From now on requests meet these troubles; none if left out. */
  trouble(troubles?: Troubles): void;
  /** Requests since then. */
  requests(): number;
}

/** A world whose State and Events are reached over a line with troubles. */
export const troubledWorld = async (): Promise<TroubledWorld> => {
  const known = process.env.AWS_ENDPOINT_URL_DYNAMODB;
  const dynamo = known ? { endpoint: known, close: async () => undefined } : await startDynamo();
  const line = await troubledLine(dynamo.endpoint);
  process.env.AWS_ENDPOINT_URL_DYNAMODB = line.endpoint;
  const local = await localWorld().finally(() => {
    if (known) process.env.AWS_ENDPOINT_URL_DYNAMODB = known;
    else delete process.env.AWS_ENDPOINT_URL_DYNAMODB;
  });
  const stop = async () => {
    line.trouble();
    await local.stop();
    await line.close();
    await dynamo.close();
  };
  return { ...local, trouble: line.trouble, requests: line.requests, stop };
};

const troubledLine = async (target: string) => {
  let [seen, troubles] = [0, (() => undefined) as Troubles];
  const server = createServer((incoming, response) => {
    carry(target, troubles(++seen), incoming, response).catch(() => incoming.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    trouble: (next: Troubles = () => undefined) => {
      [seen, troubles] = [0, next];
    },
    requests: () => seen,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

const carry = async (
  target: string,
  trouble: Trouble | undefined,
  incoming: IncomingMessage,
  response: ServerResponse,
) => {
  const body = await buffer(incoming);
  if (trouble === 'throttled') return throttle(response);
  const { status, headers, answer } = await forward(target, incoming, body);
  if (trouble === 'lost') return void incoming.socket.destroy();
  response.writeHead(status, headers).end(answer);
};

const throttle = (response: ServerResponse) => {
  const __type = 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException';
  response
    .writeHead(400, { 'content-type': 'application/x-amz-json-1.0' })
    .end(JSON.stringify({ __type, message: 'too much' }));
};

const forward = async (target: string, { method, url, headers }: IncomingMessage, body: Buffer) => {
  const answered = await new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = request(new URL(url ?? '/', target), { method, headers }, resolve);
    outgoing.on('error', reject).end(body);
  });
  return { status: answered.statusCode ?? 500, headers: answered.headers, answer: await buffer(answered) };
};

// API Gateway on loopback: turns HTTP requests into the events that the functions get in AWS. It has no credentials,
// so it answers only to loopback names, and speaks JSON to no web page (no CORS, no other content type).

import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { HttpError } from '../../functions/problem.ts';
import { answerUnreadable, refused } from './refusals.ts';
import { StartRefused } from './start-refused.ts';

export type Handle = (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>;

export interface LocalApi {
  url: string;
  /** What answers from now on; requests that came before have waited for it. */
  serve(handle: Handle): void;
  /** Takes no more requests, and resolves when those under way are answered. */
  close(): Promise<void>;
}

/** For a request that has not come to its end, whose sender may never send it. */
const PATIENCE_MS = 10_000;
const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i;
/** What API Gateway takes at most, 10 MB, is more than any document that the functions accept. */
const MOST_BYTES = 10_000_000;

/** Listens on 127.0.0.1; port 0 takes a free one. */
export const startApi = async (port: number): Promise<LocalApi> => {
  const serving = Promise.withResolvers<Handle>();
  serving.promise.catch(() => {});
  const underWay = new Set<Promise<unknown>>();
  let isClosing = false;
  // A request without a Host is refused as one with a wrong one is, in words.
  const server = createServer({ requireHostHeader: false }, (request, response) => {
    // A kept-alive connection brings requests long after nothing new may connect.
    if (isClosing) return response.destroy();
    const answered = answer(async (event) => (await serving.promise)(event), request).then(
      (result) => send(response, result),
      (error: unknown) => send(response, refused(request, error)),
    );
    underWay.add(answered);
    void answered.finally(() => underWay.delete(answered));
  });
  server.on('clientError', answerUnreadable);
  await listening(server, port);
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${bound}`,
    serve: serving.resolve,
    async close() {
      isClosing = true;
      serving.reject(new Error('the deployment ended before it began to serve'));
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      await Promise.race([Promise.all(underWay), sleep(PATIENCE_MS, undefined, { ref: false })]);
      server.closeAllConnections();
      await closed;
    },
  };
};

const listening = (server: Server, port: number) =>
  new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(refusalOf(error, port)));
    server.listen(port, '127.0.0.1', resolve);
  });

const refusalOf = (error: NodeJS.ErrnoException, port: number) => {
  const reason = { EADDRINUSE: 'is in use', EACCES: 'is not for everybody' }[error.code ?? ''];
  return reason
    ? new StartRefused(`port ${port} ${reason}: choose another with --port, or any free one with --port 0`)
    : error;
};

const answer = async (
  handle: Handle,
  request: IncomingMessage,
): Promise<APIGatewayProxyStructuredResultV2> => {
  if (!LOOPBACK.test(request.headers.host ?? ''))
    throw new HttpError(403, 'forbidden_host', 'this deployment answers only to loopback names');
  const body = await readBody(request);
  if (body === undefined) throw new HttpError(413, 'too_large', 'the body is larger than 10 MB');
  return await handle(eventOf(request, body));
};

/** The whole body, or `undefined` if it is too large; what is too large is read to its end and dropped. */
const readBody = async (request: IncomingMessage): Promise<Buffer | undefined> => {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    size += part.length;
    if (size <= MOST_BYTES) parts.push(part);
  }
  return size <= MOST_BYTES ? Buffer.concat(parts) : undefined;
};

const eventOf = (request: IncomingMessage, body: Buffer): APIGatewayProxyEventV2 => {
  const [path = '/', query = ''] = (request.url ?? '/').split(/\?(.*)/s);
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(',') : value,
    ]),
  );
  const time = new Date();
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: query,
    headers,
    queryStringParameters: Object.fromEntries(new URLSearchParams(query)),
    requestContext: {
      accountId: 'local',
      apiId: 'local',
      domainName: '127.0.0.1',
      domainPrefix: 'local',
      http: {
        method: request.method ?? 'GET',
        path,
        protocol: 'HTTP/1.1',
        sourceIp: '127.0.0.1',
        userAgent: '',
      },
      requestId: randomUUID(),
      routeKey: '$default',
      stage: '$default',
      time: time.toISOString(),
      timeEpoch: time.getTime(),
    },
    isBase64Encoded: body.length > 0,
    ...(body.length > 0 ? { body: body.toString('base64') } : {}),
  };
};

const send = (response: ServerResponse, result: APIGatewayProxyStructuredResultV2) => {
  const headers = Object.fromEntries(
    Object.entries(result.headers ?? {}).map(([name, value]) => [name, String(value)]),
  );
  response.writeHead(result.statusCode ?? 200, headers);
  response.end(result.isBase64Encoded ? Buffer.from(result.body ?? '', 'base64') : result.body);
};

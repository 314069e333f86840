// API Gateway on loopback: turns HTTP requests into the events that the functions get in AWS. It has no credentials,
// so it answers only to loopback names, and speaks JSON to no web page (no CORS, no other content type).

import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { HttpError } from '../../functions/problem.ts';
import { answerUnreadable, refused } from './refusals.ts';

export type Handle = (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>;

export interface LocalApi {
  url: string;
  close(): Promise<void>;
}

const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i;
/** What API Gateway takes at most, 10 MB, is more than any document that the functions accept. */
const MOST_BYTES = 10_000_000;

/** Serves the function that `functionFor` names on 127.0.0.1; port 0 takes a free one. */
export const startApi = async (handle: Handle, port: number): Promise<LocalApi> => {
  // A request without a Host is refused as one with a wrong one is, in words.
  const server = createServer({ requireHostHeader: false }, (request, response) => {
    answer(handle, request).then(
      (result) => send(response, result),
      (error: unknown) => send(response, refused(request, error)),
    );
  });
  server.on('clientError', answerUnreadable);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
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

// What never reaches a function is answered as the functions answer: a problem with its correlation id.

import { randomUUID } from 'node:crypto';
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { HttpError, problemOf } from '../../functions/problem.ts';
import { correlationOf } from '../../functions/request.ts';

/** Under the caller's correlation id, if it is one. */
export const refused = ({ headers }: IncomingMessage, error: unknown): APIGatewayProxyStructuredResultV2 => {
  const given = headers['x-correlation-id'];
  return asResult(error, correlationIdOf(Array.isArray(given) ? given[0] : given));
};

const correlationIdOf = (given: string | undefined): string => {
  try {
    return correlationOf({ headers: { 'x-correlation-id': given } }, randomUUID);
  } catch {
    return randomUUID();
  }
};

const asResult = (error: unknown, correlation_id: string): APIGatewayProxyStructuredResultV2 => {
  const { status, headers, body } = problemOf(error, correlation_id);
  return {
    statusCode: status,
    headers: { ...headers, 'x-correlation-id': correlation_id, 'cache-control': 'no-store' },
    body,
  };
};

/** What Node's parser refuses has no request to answer: the answer is written to the socket itself. */
export const answerUnreadable = (error: NodeJS.ErrnoException, socket: Socket): void => {
  if (!socket.writable) return;
  const { statusCode = 400, headers, body = '' } = asResult(unreadable(error.code), randomUUID());
  const lines = Object.entries({
    ...headers,
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.end(`HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode]}\r\n${head}\r\n${body}`);
};

const unreadable = (code: string | undefined): HttpError => {
  if (code === 'HPE_INVALID_METHOD')
    return new HttpError(
      501,
      'unknown_method',
      'no such method is known: use DELETE, GET, PATCH, POST or PUT',
    );
  if (code === 'HPE_HEADER_OVERFLOW')
    return new HttpError(431, 'headers_too_large', 'the headers are larger than 16 KB');
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new HttpError(408, 'request_timeout', 'the request did not arrive whole in time');
  return new HttpError(400, 'malformed_request', 'this is not a request of HTTP/1.1');
};

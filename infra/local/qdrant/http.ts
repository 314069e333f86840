// HTTP around the routes: the body in, the answer or the refusal out, in the envelope that Qdrant puts around both.

import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type Json, readObject } from './body.ts';
import type { Collections } from './collections.ts';
import { isRefusal, malformed, refusal } from './refusal.ts';
import { route } from './routes.ts';

const LARGEST = 32 * 1024 * 1024;
const VERSION = { title: 'qdrant - vector search engine (stand-in)', version: '1.18.0' };

export const listener =
  (collections: Collections): RequestListener =>
  (request, response) => {
    answer(collections, request, response).catch(() => response.destroy());
  };

const answer = async (collections: Collections, request: IncomingMessage, response: ServerResponse) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const asked = { method: request.method ?? '', path: pathname, waits: searchParams.get('wait') === 'true' };
  const started = performance.now();
  const bytes = await readBytes(request);
  if (asked.method === 'GET' && pathname === '/') return send(response, 200, VERSION);
  if (asked.method === 'GET' && pathname === '/healthz')
    return sendText(response, 200, 'healthz check passed');
  const { code, ...said } = outcome(() => route(collections, { ...asked, body: () => parse(bytes) }));
  send(response, code, { ...said, time: (performance.now() - started) / 1000 });
};

const outcome = (act: () => unknown) => {
  try {
    return { code: 200, result: act(), status: 'ok' };
  } catch (error) {
    const code = isRefusal(error) ? error.status : 500;
    const message = error instanceof Error ? error.message : String(error);
    return { code, status: { error: code === 500 ? `Service internal error: ${message}` : message } };
  }
};

/** A body that is too large is read to its end all the same: its sender does not listen before. Qdrant says 400 to it. */
const readBytes = async (request: IncomingMessage): Promise<Buffer | undefined> => {
  let pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size <= LARGEST) pieces.push(piece);
    else pieces = [];
  }
  return size <= LARGEST ? Buffer.concat(pieces) : undefined;
};

const parse = (bytes: Buffer | undefined): Json => {
  if (!bytes) throw refusal(413, `JSON payload is larger than allowed (limit: ${LARGEST} bytes).`);
  return readObject(parseJson(bytes), 'the body');
};

const parseJson = (bytes: Buffer): unknown => {
  try {
    return JSON.parse(bytes.toString());
  } catch (error) {
    throw malformed((error as Error).message);
  }
};

const send = (response: ServerResponse, code: number, body: unknown) =>
  sendText(response, code, JSON.stringify(body), 'application/json');

const sendText = (response: ServerResponse, code: number, text: string, type = 'text/plain') => {
  const bytes = Buffer.from(text);
  response.writeHead(code, { 'content-type': type, 'content-length': bytes.length });
  response.end(bytes);
};

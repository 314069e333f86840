// Real servers on the loopback that speak two embedding APIs: OpenAI's over HTTP/1.1 and Bedrock's over HTTP/2. Their
// vectors are digests of the texts. Faults are queued, and each spoils one request. Keys and signatures aren't checked.

import { createHash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';

export type Reply = { status: number; headers?: Record<string, string>; body: string } | 'hang' | 'hang up';
/** Spoils an answer, which it gets as it would have been. */
export type Fault = (right: Answer) => Reply;
// biome-ignore lint/suspicious/noExplicitAny: what is on the wire has no type yet.
export type Answer = any;

export interface EmbeddingServer {
  url: string;
  requests: { path: string; headers: IncomingHttpHeaders; body: Answer }[];
  faults: Fault[];
  close(): Promise<void>;
}

/** A vector that depends on every character of the text. */
export const digestVector = (text: string, dimension: number): number[] => {
  const bytes = createHash('shake256', { outputLength: dimension }).update(text).digest();
  return Array.from(bytes, (byte) => byte / 256 - 0.5);
};

export const openAiServer = (dimension: number): Promise<EmbeddingServer> =>
  serve(createServer, ({ body }) => ({
    object: 'list',
    model: body.model,
    data: body.input.map((text: string, index: number) => ({
      index,
      embedding: digestVector(text, dimension),
    })),
  }));

/** Path `/model/<id>/invoke`: Titan takes one text a call, Cohere many. */
export const bedrockServer = (dimension: number): Promise<EmbeddingServer> =>
  serve(createHttp2Server as unknown as typeof createServer, ({ path, body }) =>
    path.includes('titan')
      ? { embedding: digestVector(body.inputText, dimension), inputTextTokenCount: 3 }
      : { embeddings: { float: body.texts.map((text: string) => digestVector(text, dimension)) } },
  );

const serve = async (
  create: typeof createServer,
  answer: (request: EmbeddingServer['requests'][number]) => object,
): Promise<EmbeddingServer> => {
  const [requests, faults]: [EmbeddingServer['requests'], Fault[]] = [[], []];
  const streams = new Set<() => void>();
  const server = create(async (incoming, response) => {
    const chunks: Buffer[] = await Array.fromAsync(incoming);
    const body = JSON.parse(Buffer.concat(chunks).toString());
    const request = { path: decodeURIComponent(incoming.url ?? ''), headers: incoming.headers, body };
    requests.push(request);
    const reply = faults.shift()?.(answer(request)) ?? { status: 200, body: JSON.stringify(answer(request)) };
    if (reply === 'hang') return;
    if (reply === 'hang up') return void response.socket?.destroy();
    response
      .writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers })
      .end(reply.body);
  });
  server.on('session', (session) => streams.add(() => session.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      if ('closeAllConnections' in server) server.closeAllConnections();
      for (const end of streams) end();
    });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests, faults, close };
};

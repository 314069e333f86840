// The two reads that bring many points, over undici itself. The official client hands every value of an answer to a
// function, so that integers beyond 2⁵³ stay exact; that costs more than all else that is done with a point, and no
// number of a chunk is one. Where a point is read to be kept as it is, the client reads it.

import type { Schemas } from '@qdrant/js-client-rest';
import { Agent, request } from 'undici';

export interface BulkReads {
  scroll(collection: string, page: Schemas['ScrollRequest']): Promise<Schemas['ScrollResult']>;
  /** The newest state that most replicas agree on. */
  retrieve(collection: string, points: Schemas['PointRequest']): Promise<Schemas['Record'][]>;
}

interface Server {
  /** Without a slash at its end. */
  url: string;
  headers: Record<string, string>;
  timeoutMs: number;
  connections: number;
}

export const bulkReads = (server: Server): BulkReads => {
  const dispatcher = new Agent({ connections: server.connections, keepAliveTimeout: 10_000 });
  const post = <T>(collection: string, what: string, body: unknown): Promise<T> =>
    answerOf<T>(server, dispatcher, `/collections/${encodeURIComponent(collection)}/points${what}`, body);
  return {
    scroll: (collection, page) => post(collection, '/scroll', page),
    retrieve: (collection, points) => post(collection, '?consistency=majority', points),
  };
};

const answerOf = async <T>(
  { url, headers, timeoutMs }: Server,
  dispatcher: Agent,
  path: string,
  asked: unknown,
): Promise<T> => {
  const { statusCode, body } = await request(`${url}${path}`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(asked),
    dispatcher,
    signal: AbortSignal.timeout(timeoutMs),
  });
  const text = await body.text();
  if (statusCode !== 200) throw refusal(statusCode, text);
  const { result } = JSON.parse(text) as { result?: T };
  if (result === undefined || result === null) throw new Error('an answer without a result');
  return result;
};

/** In the form of the client's own errors. */
const refusal = (status: number, text: string): Error =>
  Object.assign(new Error(`answered ${status}`), { status, data: parsed(text) });

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

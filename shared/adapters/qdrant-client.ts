// What every Qdrant adapter shares: the client with its limits, the count of its requests, translation of its errors.

import { QdrantClient, type Schemas } from '@qdrant/js-client-rest';
import { type FailureKind, UnavailableError } from '../errors.ts';
import { type BulkReads, bulkReads } from './qdrant-bulk-reads.ts';

export interface QdrantConfig {
  url: string;
  apiKey?: string;
}

export interface QdrantHandle {
  /** One read, tried once more where the connection broke: a thawed process holds connections long dead. */
  reading<T>(subject: string, request: Read<T>): Promise<T>;
  /** One write, never repeated. Resolves only if the server says that every operation in it is completed. */
  writing(subject: string, request: Request<Answer | Answer[]>): Promise<void>;
}
type Read<T> = (client: QdrantClient, bulk: BulkReads) => Promise<T>;
export type Request<T> = (client: QdrantClient) => Promise<T>;
type Answer = boolean | Schemas['UpdateResult'];

export interface QdrantClientOptions {
  /** Asked on first use, and again after the server has refused the key: keys expire. */
  config: () => Promise<QdrantConfig>;
  usage?: { requests: number };
  timeoutMs?: number;
}
interface Clients {
  client: QdrantClient;
  bulk: BulkReads;
}
const TIMEOUT_MS = 30_000;
const CONNECTIONS = 16;

export const qdrantClient = (options: QdrantClientOptions): QdrantHandle => {
  const asking = requesting(options);
  return {
    reading: (subject, request) =>
      asking(subject, request).catch((error: unknown) => {
        if (!(error instanceof UnavailableError) || error.kind !== 'network') throw error;
        return asking(subject, request);
      }),
    writing: async (subject, request) => {
      const answers = [await asking(subject, request)].flat();
      if (!answers.every(isCompleted))
        throw new UnavailableError('vectors', 'partial', `${subject} is unfinished`);
    },
  };
};

const requesting = ({ config, usage, timeoutMs = TIMEOUT_MS }: QdrantClientOptions) => {
  let current: Promise<Clients> | undefined;
  const connect = () => {
    const built = config().then((settings) => build(settings, timeoutMs));
    current = built;
    built.catch(() => forget(built));
    return built;
  };
  const forget = (failed: Promise<Clients>) => {
    if (current === failed) current = undefined;
  };
  return async <T>(subject: string, request: Read<T>): Promise<T> => {
    const connection = current ?? connect();
    const { client, bulk } = await connection;
    if (usage) usage.requests += 1;
    try {
      return await request(client, bulk);
    } catch (error) {
      const failure = failureOf(error, subject);
      if (failure.kind === 'auth') forget(connection);
      throw failure;
    }
  };
};

/**
 * Left alone, the client talks to port 6333 whatever the URL's scheme, drops the URL's path, and asks for compressed
 * answers, which come in pieces and cost 40 ms each on a kept-alive connection (delayed ACK).
 */
const build = ({ url, apiKey }: QdrantConfig, timeout: number): Clients => {
  const { protocol, hostname, port, pathname, host } = new URL(url);
  const https = protocol === 'https:';
  const prefix = pathname.replace(/\/+$/, '');
  const headers = { 'accept-encoding': 'identity' };
  const client = new QdrantClient({
    host: hostname,
    https,
    port: Number(port) || (https ? 443 : 80),
    prefix,
    ...(apiKey ? { apiKey } : {}),
    timeout,
    checkCompatibility: false,
    maxConnections: CONNECTIONS,
    headers,
  });
  const bulk = bulkReads({
    url: `${protocol}//${host}${prefix}`,
    headers: { ...headers, ...(apiKey ? { 'api-key': apiKey } : {}) },
    timeoutMs: timeout,
    connections: CONNECTIONS,
  });
  return { client, bulk };
};

const isCompleted = (answer: Answer) =>
  answer === true || (answer !== false && answer.status === 'completed');

const failureOf = (cause: unknown, subject: string): UnavailableError => {
  const { status } = cause as { status?: unknown };
  const kind = typeof status === 'number' ? kindOfStatus(status, reasonOf(cause)) : kindOfFault(cause);
  const said = typeof status === 'number' ? `: answered ${status}` : '';
  return new UnavailableError('vectors', kind, `${subject} failed${said}`, { cause });
};

/** A missing collection is `identity`: the project is not where it was, which is never the same as empty. */
const kindOfStatus = (status: number, reason: string): FailureKind => {
  if (status === 401 || status === 403) return 'auth';
  if (status === 429) return 'throttled';
  if (status === 408 || status === 504) return 'timeout';
  if (status === 404 && /collection/i.test(reason)) return 'identity';
  if (status === 404 && NO_POINT.test(reason)) return 'partial';
  if (status === 500) return 'partial';
  return status < 500 || status === 501 ? 'refused' : 'network';
};

const kindOfFault = (error: unknown): FailureKind => {
  const { name, message, code = '' }: Fault = error instanceof Error ? error : { name: '', message: '' };
  // Nobody was there to be slow.
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return 'network';
  if (/Timeout|Abort/.test(name)) return 'timeout';
  // The client reads the first character of Retry-After as a number, and throws where that is none (a date).
  if (/ResourceExhausted/.test(name) || /retryAfter/.test(message)) return 'throttled';
  return name === 'TypeError' || code !== '' ? 'network' : 'partial';
};
/** `code`: as Node and undici name what became of a connection; fetch hides it in a TypeError. */
type Fault = { name: string; message: string; code?: string };

const NO_POINT = /no point with id/i;

const reasonOf = (error: unknown): string => {
  const { status } = (error as { data?: { status?: { error?: unknown } } }).data ?? {};
  return typeof status?.error === 'string' ? status.error : '';
};

export const isMissingCollection = (error: unknown): boolean =>
  error instanceof UnavailableError && error.kind === 'identity';

/** An update named a point that is gone: what stood before it in the request is done, what came after is not. */
export const isMissingPoint = (error: unknown): boolean =>
  error instanceof UnavailableError && NO_POINT.test(reasonOf(error.cause));

import { DelegateBackoff, handleWhenResult, type IRetryBackoffContext, retry } from 'cockatiel';
import { type FailureKind, UnavailableError } from '../errors.ts';
import type { Embedder } from '../ports.ts';
import { inBatches, partial } from './embedding-batches.ts';

export interface HttpEmbedderOptions {
  /** Base of an OpenAI-compatible API, such as `https://api.openai.com/v1`. */
  url: string;
  model: string;
  dimension: number;
  apiKey?: string;
  /** Whether the service is told the dimension; not all models take it. @default for `text-embedding-3` only */
  isDimensionSent?: boolean;
  /** For one request, its answer included. A request that times out is not made again. @default 20000 */
  timeoutMs?: number;
  /** @default 3 */
  retriesMax?: number;
  /** Before the first retry; doubles, with jitter. @default 250 */
  retryDelayMs?: number;
}

const BATCH_SIZE_MAX = 96;
const CONCURRENCY = 4;
/** Who is told to wait longer than this gives up at once: the caller has a deadline. */
const RETRY_DELAY_MAX_MS = 10_000;

/** Its errors carry neither texts nor key, and no `cause`, since those of `fetch` and `JSON.parse` may quote them. */
export const httpEmbedder = (options: HttpEmbedderOptions): Embedder => {
  const policy = retry(handleWhenResult(isWorthAnother), {
    maxAttempts: options.retriesMax ?? 3,
    backoff: new DelegateBackoff((context: IRetryBackoffContext<unknown>) => delayMs(context, options)),
  });
  const embedBatch = async (texts: string[], stopped: AbortSignal) => {
    const answer = await policy.execute(() => request(options, texts, stopped), stopped);
    if ('failure' in answer) throw answer.failure;
    return answer.vectors;
  };
  return {
    model: options.model,
    dimension: options.dimension,
    embed: inBatches(BATCH_SIZE_MAX, CONCURRENCY, options.dimension, embedBatch),
  };
};

type Answer = { vectors: unknown[] } | Failed;
type Failed = { failure: UnavailableError; retryAfterMs?: number };

const isWorthAnother = (answer: unknown): boolean => {
  const { failure, retryAfterMs = 0 } = answer as Partial<Failed>;
  return (failure?.kind === 'throttled' || failure?.kind === 'network') && retryAfterMs <= RETRY_DELAY_MAX_MS;
};

const delayMs = (
  { attempt, result }: IRetryBackoffContext<unknown>,
  options: HttpEmbedderOptions,
): number => {
  const step = Math.min((options.retryDelayMs ?? 250) * 2 ** (attempt - 1), RETRY_DELAY_MAX_MS);
  const { retryAfterMs = step / 2 } = 'value' in result ? (result.value as Partial<Failed>) : {};
  return retryAfterMs + (Math.random() * step) / 2;
};

const request = async (
  options: HttpEmbedderOptions,
  texts: string[],
  stopped: AbortSignal,
): Promise<Answer> => {
  try {
    const timeout = AbortSignal.timeout(options.timeoutMs ?? 20_000);
    const response = await post(options, texts, AbortSignal.any([timeout, stopped]));
    return response.ok ? { vectors: inOrder(await response.text(), texts.length) } : await refusal(response);
  } catch (error) {
    if (error instanceof UnavailableError) throw error;
    return lost(error);
  }
};

const post = (options: HttpEmbedderOptions, texts: string[], signal: AbortSignal): Promise<Response> =>
  fetch(`${options.url.replace(/\/+$/, '')}/embeddings`, {
    method: 'POST',
    redirect: 'manual', // Nobody else is sent the texts.
    signal,
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      ...(options.apiKey ? { authorization: `Bearer ${options.apiKey}` } : {}),
    },
    body: JSON.stringify({
      model: options.model,
      input: texts,
      ...((options.isDimensionSent ?? options.model.startsWith('text-embedding-3'))
        ? { dimensions: options.dimension }
        : {}),
    }),
  });

const refusal = async (response: Response): Promise<Failed> => {
  await response.body?.cancel();
  const failure = new UnavailableError(
    'embedder',
    kindOf(response.status),
    `answered with status ${response.status}`,
  );
  const retryAfterMs = millisecondsOf(response.headers.get('retry-after'));
  return { failure, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
};

const kindOf = (status: number): FailureKind => {
  if (status === 401 || status === 403) return 'auth';
  if (status === 429) return 'throttled';
  return status >= 500 ? 'network' : 'refused';
};

/** Retry-After is a number of seconds or a date. */
const millisecondsOf = (header: string | null): number | undefined => {
  if (header === null) return undefined;
  const ms = /^\s*\d+(\.\d+)?\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
};

const lost = (error: unknown): Failed => {
  const { name, cause } = error as { name?: string; cause?: { code?: string } };
  if (name === 'TimeoutError')
    return { failure: new UnavailableError('embedder', 'timeout', 'did not answer in time') };
  const code = name === 'AbortError' ? 'stopped' : (cause?.code ?? 'connection lost');
  return { failure: new UnavailableError('embedder', 'network', `request failed: ${code}`) };
};

/** The vectors of an answer, each at the place of its text. */
const inOrder = (body: string, count: number): unknown[] => {
  const rows = rowsOf(body);
  const vectors = new Array<unknown>(count);
  rows.forEach((row, position) => {
    const index = row?.index ?? position;
    if (!Number.isInteger(index) || index < 0 || index >= count || vectors[index] !== undefined)
      throw partial(`a vector came back for no text or twice for one (${rows.length} for ${count})`);
    vectors[index] = row?.embedding;
  });
  return rows.length === count ? vectors : rows;
};

const rowsOf = (body: string): ({ index?: number; embedding?: unknown } | null)[] => {
  const { data } = parsed(body) as { data?: unknown };
  if (!Array.isArray(data)) throw partial('the answer is not a list of embeddings');
  return data;
};

const parsed = (body: string): unknown => {
  try {
    return JSON.parse(body) ?? {};
  } catch {
    throw partial('the answer is not JSON');
  }
};

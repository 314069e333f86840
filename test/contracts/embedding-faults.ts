import { inspect } from 'node:util';
import { expect } from 'vitest';
import { bedrockEmbedder } from '../../shared/adapters/bedrock-embedder.ts';
import { type HttpEmbedderOptions, httpEmbedder } from '../../shared/adapters/http-embedder.ts';
import type { Embedder } from '../../shared/ports.ts';
import type { EmbeddingServer, Fault } from './embedding-servers.ts';

export const KEY = 'sk-secret-key-of-the-test';
export const TEXT = 'a text that nobody may read in an error';
export const DIMENSION = 1024;

export const httpOn = ({ url }: EmbeddingServer, options: Partial<HttpEmbedderOptions> = {}) =>
  httpEmbedder({ url, model: 'a-model', dimension: DIMENSION, apiKey: KEY, retryDelayMs: 5, ...options });

export const bedrockOn = (
  { url }: EmbeddingServer,
  model: string,
  options: { timeoutMs?: number; dimension?: number } = {},
) =>
  bedrockEmbedder({
    model,
    dimension: DIMENSION,
    ...options,
    client: {
      endpoint: url,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'id', secretAccessKey: KEY },
    },
  });

export const TITAN = 'amazon.titan-embed-text-v2:0';
export const COHERE = 'eu.cohere.embed-v4:0';

// ---------------------------------------------------------------- faults

export const status =
  (code: number, headers: Record<string, string> = {}): Fault =>
  () => ({ status: code, headers, body: `{"message": "you sent: ${TEXT} with ${KEY}"}` });
export const answer =
  (change: (right: ReturnType<JSON['parse']>) => unknown): Fault =>
  (right) => ({ status: 200, body: JSON.stringify(change(right)) });
export const raw =
  (body: string): Fault =>
  () => ({ status: 200, body });
export const hang: Fault = () => 'hang';
export const hangUp: Fault = () => 'hang up';

/** The failure of embedding one text; fails if it holds what it must not. */
export const failureOf = async (embedder: Embedder, texts = [TEXT]) => {
  const error = await embedder.embed(texts).then(
    () => expect.fail('it did not fail'),
    (reason) => reason,
  );
  expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(new RegExp(`${TEXT}|${KEY}`));
  return error;
};

export const vectorWith = (value: unknown) => [value, ...new Array(DIMENSION - 1).fill(1)];

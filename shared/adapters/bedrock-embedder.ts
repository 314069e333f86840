import {
  BedrockRuntimeClient,
  type BedrockRuntimeClientConfig,
  InvokeModelCommand,
} from '@aws-sdk/client-bedrock-runtime';
import { ConfigurationError, type FailureKind, UnavailableError } from '../errors.ts';
import type { Embedder } from '../ports.ts';
import { inBatches, partial } from './embedding-batches.ts';

export interface BedrockEmbedderOptions {
  /** A model id, or an inference profile whose name holds one (`eu.cohere.embed-v4:0`). */
  model: string;
  dimension: number;
  /** For one batch, retries included. @default 20000 */
  timeoutMs?: number;
  client?: BedrockRuntimeClientConfig;
}

/** How one family of models is asked, and where its answer keeps the vectors. */
interface Family {
  name: RegExp;
  dimensions: number[];
  batchSize: number;
  concurrency: number;
  body(texts: string[], dimension: number): object;
  vectors(answer: { embedding?: unknown; embeddings?: { float?: unknown } }): unknown;
}

// A text beyond a Cohere model's limit is embedded by its beginning: refused, its document could never be written.
const COHERE = { input_type: 'search_document', embedding_types: ['float'], truncate: 'END' };

const FAMILIES: Family[] = [
  {
    name: /amazon\.titan-embed-text-v2/,
    dimensions: [256, 512, 1024],
    batchSize: 1,
    concurrency: 8,
    body: ([text], dimension) => ({ inputText: text, dimensions: dimension, normalize: true }),
    vectors: (answer) => [answer.embedding],
  },
  {
    name: /cohere\.embed-(english|multilingual)-v3/,
    dimensions: [1024],
    batchSize: 96,
    concurrency: 4,
    body: (texts) => ({ texts, ...COHERE }),
    vectors: (answer) => answer.embeddings?.float,
  },
  {
    name: /cohere\.embed-v4/,
    dimensions: [256, 512, 1024, 1536],
    batchSize: 96,
    concurrency: 4,
    body: (texts, dimension) => ({ texts, ...COHERE, output_dimension: dimension }),
    vectors: (answer) => answer.embeddings?.float,
  },
];

/** The SDK retries (3 attempts, backoff, Retry-After). Errors carry no `cause`: a ValidationException may quote texts. */
export const bedrockEmbedder = ({
  model,
  dimension,
  timeoutMs = 20_000,
  client,
}: BedrockEmbedderOptions): Embedder => {
  const family = familyOf(model, dimension);
  const bedrock = new BedrockRuntimeClient({ maxAttempts: 3, retryMode: 'standard', ...client });
  const embedBatch = async (texts: string[], stopped: AbortSignal) => {
    const command = new InvokeModelCommand({
      modelId: model,
      contentType: 'application/json',
      accept: 'application/json',
      body: JSON.stringify(family.body(texts, dimension)),
    });
    const timeout = AbortSignal.timeout(timeoutMs);
    const answer = await bedrock
      .send(command, { abortSignal: AbortSignal.any([timeout, stopped]) })
      .catch((error) => {
        throw translated(error, timeout.aborted);
      });
    return vectorsOf(family, answer.body.transformToString());
  };
  return { model, dimension, embed: inBatches(family.batchSize, family.concurrency, dimension, embedBatch) };
};

const familyOf = (model: string, dimension: number): Family => {
  const family = FAMILIES.find(({ name }) => name.test(model));
  if (family === undefined)
    throw new ConfigurationError([
      {
        field: 'LOCKSTEP_EMBEDDING_MODEL',
        message:
          'is no embedding model known here: name one of Titan Text Embeddings v2, Cohere Embed v3 or v4',
      },
    ]);
  if (!family.dimensions.includes(dimension))
    throw new ConfigurationError([
      {
        field: 'LOCKSTEP_EMBEDDING_DIMENSION',
        message: `is ${dimension}, but ${model} makes vectors of ${family.dimensions.join(', ')}: set one of these`,
      },
    ]);
  return family;
};

const vectorsOf = (family: Family, body: string): unknown[] => {
  const vectors = family.vectors(parsed(body));
  if (!Array.isArray(vectors)) throw partial('the answer holds no embeddings');
  return vectors;
};

const parsed = (body: string) => {
  try {
    return JSON.parse(body) ?? {};
  } catch {
    throw partial('the answer is not JSON');
  }
};

const translated = (error: unknown, isLate: boolean): UnavailableError => {
  const { name = 'Error', $metadata } = error as {
    name?: string;
    $metadata?: { httpStatusCode?: number; requestId?: string };
  };
  const kind = isLate ? 'timeout' : kindOf(name, $metadata?.httpStatusCode);
  const request = $metadata?.requestId ? `, request ${$metadata.requestId}` : '';
  return new UnavailableError(
    'embedder',
    kind,
    `InvokeModel failed: ${isLate ? 'no answer in time' : name}${request}`,
  );
};

const kindOf = (name: string, status = 0): FailureKind => {
  if (/Throttling|ServiceQuotaExceeded|ModelNotReady/.test(name) || status === 429) return 'throttled';
  if (/Timeout/.test(name) || status === 408) return 'timeout';
  if (
    /AccessDenied|Credentials|Token|Signature|UnrecognizedClient/.test(name) ||
    status === 401 ||
    status === 403
  )
    return 'auth';
  // 424 is a failure of the model, not of what it was asked.
  return status >= 400 && status < 500 && status !== 424 ? 'refused' : 'network';
};

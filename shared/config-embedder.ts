import { z } from 'zod';
import {
  type Environment,
  forbids,
  isLocal,
  key,
  missing,
  noKeyInClear,
  noPasswordIn,
  type Reader,
  readVariables,
  text,
  url,
} from './environment.ts';
import { withSecret } from './secret-variables.ts';

export type EmbedderConfig =
  | { kind: 'hashing' }
  | { kind: 'openai'; url: string; model: string; dimension: number; apiKey?: string }
  | { kind: 'bedrock'; model: string; dimension: number };

const KIND = {
  LOCKSTEP_EMBEDDER: z
    .enum(['hashing', 'openai', 'bedrock'], 'is not an embedder: set it to hashing, openai or bedrock')
    .default('hashing'),
};
const MODEL = {
  LOCKSTEP_EMBEDDING_MODEL: text("set it to the model's name at the service"),
  LOCKSTEP_EMBEDDING_DIMENSION: text("set it to the length of the model's vectors, such as 1024")
    .regex(/^[1-9]\d*$/, 'is not a whole number above 0')
    .transform(Number)
    .refine((value) => value <= 65_535, 'is more than the 65535 that Qdrant takes'),
};
const SERVICE = {
  ...MODEL,
  LOCKSTEP_EMBEDDING_URL: url(['http', 'https'], 'https://api.openai.com/v1'),
  LOCKSTEP_EMBEDDING_API_KEY: key.optional(),
};

const SECRET = { apiKey: 'LOCKSTEP_EMBEDDING_API_KEY' };

export const embedderConfig: Reader<EmbedderConfig> = (env, readSecret) =>
  withSecret('LOCKSTEP_EMBEDDING_SECRET_ARN', SECRET, env, readSecret, embedderIn);

const embedderIn = (env: Environment): EmbedderConfig => {
  const { LOCKSTEP_EMBEDDER: kind } = readVariables(KIND, env, (given) =>
    isLocal(given) ? [] : missing(given, 'LOCKSTEP_STAGE is not local', 'LOCKSTEP_EMBEDDER'),
  );
  const unused = (shape: object) => Object.keys(SERVICE).filter((name) => !(name in shape));
  const only = (shape: object) => (given: Environment) =>
    forbids(given, `LOCKSTEP_EMBEDDER is ${kind}, which takes none`, ...unused(shape));
  if (kind === 'openai') return serviceIn(env);
  if (kind === 'hashing') {
    readVariables({}, env, only({}));
    return { kind };
  }
  const { LOCKSTEP_EMBEDDING_MODEL: model, LOCKSTEP_EMBEDDING_DIMENSION: dimension } = readVariables(
    MODEL,
    env,
    only(MODEL),
  );
  return { kind, model, dimension };
};

const serviceIn = (env: Environment): EmbedderConfig => {
  const service = readVariables(SERVICE, env, (given) => [
    ...noKeyInClear(given, 'LOCKSTEP_EMBEDDING_API_KEY', 'LOCKSTEP_EMBEDDING_URL'),
    ...noPasswordIn(given, 'LOCKSTEP_EMBEDDING_URL', 'LOCKSTEP_EMBEDDING_API_KEY'),
  ]);
  return {
    kind: 'openai',
    url: service.LOCKSTEP_EMBEDDING_URL,
    model: service.LOCKSTEP_EMBEDDING_MODEL,
    dimension: service.LOCKSTEP_EMBEDDING_DIMENSION,
    ...(service.LOCKSTEP_EMBEDDING_API_KEY ? { apiKey: service.LOCKSTEP_EMBEDDING_API_KEY } : {}),
  };
};

// Every variable that Lockstep reads, with its default and when it is refused: one reader per adapter. Those of the
// stores are in `config-stores.ts`, the embedder's in `config-embedder.ts`.

import { z } from 'zod';
import {
  GRAPH,
  type GraphConfig,
  graphConfig,
  VECTORS,
  type VectorsConfig,
  vectorsConfig,
} from './config-stores.ts';
import {
  type Environment,
  isLocal,
  missing,
  type Reader,
  type ReadSecret,
  readVariables,
  text,
  url,
} from './environment.ts';
import { ConfigurationError, type FieldError } from './errors.ts';
import { withSecret } from './secret-variables.ts';

/** Runs several readers and reports the problems of all of them in one ConfigurationError. */
export const loadConfig = async <Configs extends Record<string, unknown>>(
  readers: { [Name in keyof Configs]: Reader<Configs[Name]> },
  env: Environment = process.env,
  readSecret?: ReadSecret,
): Promise<Configs> => {
  const problems = new Map<string, FieldError>();
  const read = async ([name, reader]: [string, Reader<unknown>]) => {
    try {
      return [name, await reader(env, readSecret)] as const;
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      for (const problem of error.errors) problems.set(`${problem.field} ${problem.message}`, problem);
      return [name, undefined] as const;
    }
  };
  const configs = await Promise.all(Object.entries<Reader<unknown>>(readers).map(read));
  if (problems.size > 0) throw new ConfigurationError([...problems.values()]);
  return Object.fromEntries(configs) as Configs;
};

// ---------------------------------------------------------------- stage, state, bus

export interface RuntimeConfig {
  /** `local` is one machine; any other name is a deployment. */
  stage: string;
  logLevel: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';
}

const STAGE = {
  LOCKSTEP_STAGE: text('')
    .regex(/^[a-z][a-z0-9-]{0,30}$/, 'is not a stage: 1 to 31 lower-case letters, digits and dashes')
    .default('local'),
};

export const runtimeConfig: Reader<RuntimeConfig> = async (env) => {
  const level = z
    .string()
    .trim()
    .toUpperCase()
    .pipe(z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR'], 'is not a level: set it to debug, info, warn or error'))
    .optional();
  const { LOCKSTEP_STAGE: stage, LOCKSTEP_LOG_LEVEL } = readVariables(
    { ...STAGE, LOCKSTEP_LOG_LEVEL: level },
    env,
  );
  // A person at a terminal reads what went wrong; the log of a deployment is searched for the rest.
  return { stage, logLevel: LOCKSTEP_LOG_LEVEL ?? (stage === 'local' ? 'WARN' : 'INFO') };
};

export interface StateConfig {
  tablePrefix: string;
  /** Signs the cursors of listings. */
  cursorSecret: string;
}

const STATE = {
  ...STAGE,
  LOCKSTEP_TABLE_PREFIX: text('')
    .regex(/^[A-Za-z0-9_.-]{1,200}$/, 'is not the start of a table name: 1 to 200 letters, digits, _ . -')
    .default('lockstep'),
  LOCKSTEP_CURSOR_SECRET: z
    .string()
    .min(
      32,
      'is too short: set it to 32 or more random characters, such as the output of `openssl rand -hex 32`',
    )
    .default('one machine has nobody to hide a cursor from'),
};

export const stateConfig: Reader<StateConfig> = (env, readSecret) =>
  withSecret('LOCKSTEP_CURSOR_SECRET_ARN', 'LOCKSTEP_CURSOR_SECRET', env, readSecret, stateIn);

const stateIn = (env: Environment): StateConfig => {
  const state = readVariables(STATE, env, (given) =>
    isLocal(given) ? [] : missing(given, 'LOCKSTEP_STAGE is not local', 'LOCKSTEP_CURSOR_SECRET'),
  );
  return { tablePrefix: state.LOCKSTEP_TABLE_PREFIX, cursorSecret: state.LOCKSTEP_CURSOR_SECRET };
};

const BUS = {
  LOCKSTEP_BUS_NAME: text('')
    .regex(/^[A-Za-z0-9_./-]{1,256}$/, 'is not the name of an event bus: 1 to 256 letters, digits, _ . / -')
    .default('lockstep'),
};

export const busConfig: Reader<{ busName: string }> = async (env) => ({
  busName: readVariables(BUS, env).LOCKSTEP_BUS_NAME,
});

export interface ArchiveConfig {
  bucket: string;
  /** Whether the bucket is named in the path: an emulator has no host name for each. */
  pathStyle: boolean;
}

const ARCHIVE = {
  LOCKSTEP_ARCHIVE_BUCKET: text('set it to the name of the bucket that holds the archive').regex(
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    'is not the name of a bucket: 3 to 63 lower-case letters, digits, dots, dashes',
  ),
};
const ENDPOINTS = { AWS_ENDPOINT_URL_S3: z.string().optional(), AWS_ENDPOINT_URL: z.string().optional() };

export const archiveConfig: Reader<ArchiveConfig> = async (env) => {
  const archive = readVariables({ ...ARCHIVE, ...ENDPOINTS }, env);
  const pathStyle = (archive.AWS_ENDPOINT_URL_S3 ?? archive.AWS_ENDPOINT_URL) !== undefined;
  return { bucket: archive.LOCKSTEP_ARCHIVE_BUCKET, pathStyle };
};

// ---------------------------------------------------------------- one machine

/** The real services that the local deployment is given in place of its stand-ins. */
export interface LocalConfig {
  graph?: GraphConfig;
  vectors?: VectorsConfig;
  dynamodb?: { url: string };
  archive?: ArchiveConfig;
}

/** The SDK reads this variable itself; here it decides whether a stand-in is started. */
const DYNAMODB = { AWS_ENDPOINT_URL_DYNAMODB: url(['http', 'https'], 'http://127.0.0.1:8000') };
const dynamodbConfig: Reader<{ url: string }> = async (env) => ({
  url: readVariables(DYNAMODB, env).AWS_ENDPOINT_URL_DYNAMODB,
});

export const localConfig: Reader<LocalConfig> = async (env) =>
  loadConfig<LocalConfig & Record<string, unknown>>(
    {
      ...(isAnySet(env, GRAPH) ? { graph: graphConfig } : {}),
      ...(isAnySet(env, VECTORS) ? { vectors: vectorsConfig } : {}),
      ...(isAnySet(env, DYNAMODB) ? { dynamodb: dynamodbConfig } : {}),
      ...(isAnySet(env, ARCHIVE) ? { archive: archiveConfig } : {}),
    },
    env,
  );

const isAnySet = (env: Environment, variables: object) =>
  Object.keys(variables).some((name) => env[name]?.trim());

// How Neo4j and Qdrant are reached: by variables, or by the secrets that stand for them.

import { z } from 'zod';
import {
  type Environment,
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

// ---------------------------------------------------------------- the graph

export interface GraphConfig {
  uri: string;
  auth?: { username: string; password: string };
  /** Absent: the user's home database. */
  database?: string;
}

export const GRAPH = {
  NEO4J_URI: url(
    ['neo4j', 'neo4j+s', 'neo4j+ssc', 'bolt', 'bolt+s', 'bolt+ssc'],
    'neo4j+s://example.databases.neo4j.io:7687',
  ),
  NEO4J_USERNAME: text('').optional(),
  NEO4J_PASSWORD: z.string().optional(),
  NEO4J_DATABASE: text('')
    .regex(
      /^[A-Za-z][A-Za-z0-9.-]{2,62}$/,
      'is not the name of a database: 3 to 63 letters, digits, dots, dashes',
    )
    .optional(),
};

const GRAPH_SECRET = {
  uri: 'NEO4J_URI',
  username: 'NEO4J_USERNAME',
  password: 'NEO4J_PASSWORD',
  database: 'NEO4J_DATABASE',
};

export const graphConfig: Reader<GraphConfig> = (env, readSecret) =>
  withSecret('LOCKSTEP_GRAPH_SECRET_ARN', GRAPH_SECRET, env, readSecret, graphIn);

const graphIn = (env: Environment): GraphConfig => {
  const graph = readVariables(GRAPH, env, (given) => [
    ...(given.NEO4J_USERNAME ? missing(given, 'NEO4J_USERNAME is set', 'NEO4J_PASSWORD') : []),
    ...(given.NEO4J_PASSWORD ? missing(given, 'NEO4J_PASSWORD is set', 'NEO4J_USERNAME') : []),
    ...noPasswordIn(given, 'NEO4J_URI', 'NEO4J_USERNAME and NEO4J_PASSWORD'),
  ]);
  const { NEO4J_USERNAME: username, NEO4J_PASSWORD: password, NEO4J_DATABASE: database } = graph;
  return {
    uri: graph.NEO4J_URI,
    ...(username && password ? { auth: { username, password } } : {}),
    ...(database ? { database } : {}),
  };
};

// ---------------------------------------------------------------- the vectors

export interface VectorsConfig {
  url: string;
  apiKey?: string;
}

export const VECTORS = {
  QDRANT_URL: url(['http', 'https'], 'https://example.qdrant.io:6333'),
  QDRANT_API_KEY: key.optional(),
};

const VECTORS_SECRET = { url: 'QDRANT_URL', apiKey: 'QDRANT_API_KEY' };

export const vectorsConfig: Reader<VectorsConfig> = (env, readSecret) =>
  withSecret('LOCKSTEP_VECTORS_SECRET_ARN', VECTORS_SECRET, env, readSecret, vectorsIn);

const vectorsIn = (env: Environment): VectorsConfig => {
  const { QDRANT_URL, QDRANT_API_KEY } = readVariables(VECTORS, env, (given) => [
    ...noKeyInClear(given, 'QDRANT_API_KEY', 'QDRANT_URL'),
    ...noPasswordIn(given, 'QDRANT_URL', 'QDRANT_API_KEY'),
  ]);
  return { url: QDRANT_URL, ...(QDRANT_API_KEY ? { apiKey: QDRANT_API_KEY } : {}) };
};

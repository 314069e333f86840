import { busConfig, runtimeConfig, stateConfig } from '../../shared/config.ts';
import { embedderConfig } from '../../shared/config-embedder.ts';
import { graphConfig, vectorsConfig } from '../../shared/config-stores.ts';

export const READERS = {
  graph: graphConfig,
  vectors: vectorsConfig,
  state: stateConfig,
  bus: busConfig,
  runtime: runtimeConfig,
  embedder: embedderConfig,
};

export const GRAPH = { NEO4J_URI: 'bolt://127.0.0.1:7687' };
export const VECTORS = { QDRANT_URL: 'http://127.0.0.1:6333' };
export const DEPLOYED = {
  LOCKSTEP_STAGE: 'prod',
  LOCKSTEP_CURSOR_SECRET: '0123456789abcdef0123456789abcdef',
  LOCKSTEP_EMBEDDER: 'hashing',
};
export const OPENAI = {
  LOCKSTEP_EMBEDDER: 'openai',
  LOCKSTEP_EMBEDDING_URL: 'https://api.openai.com/v1',
  LOCKSTEP_EMBEDDING_MODEL: 'text-embedding-3-small',
  LOCKSTEP_EMBEDDING_DIMENSION: '1536',
};
export const BEDROCK = {
  LOCKSTEP_EMBEDDER: 'bedrock',
  LOCKSTEP_EMBEDDING_MODEL: 'amazon.titan-embed-text-v2:0',
  LOCKSTEP_EMBEDDING_DIMENSION: '1024',
};

// The real services that a run is given in its environment, with their credentials.

import { QdrantClient } from '@qdrant/js-client-rest';
import type { Neo4jConfig } from '../../shared/adapters/neo4j-client.ts';
import type { QdrantConfig } from '../../shared/adapters/qdrant-client.ts';

/** `undefined`: the embedded graph takes its place. */
export const realNeo4j = (): Neo4jConfig | undefined => {
  const { NEO4J_URI: uri, NEO4J_USERNAME: username, NEO4J_PASSWORD: password } = process.env;
  return uri ? { uri, ...(username ? { username } : {}), ...(password ? { password } : {}) } : undefined;
};

/** `undefined`: the stand-in takes its place. */
export const realQdrant = (): QdrantConfig | undefined => {
  const { QDRANT_URL: url, QDRANT_API_KEY: apiKey } = process.env;
  return url ? { url, ...(apiKey ? { apiKey } : {}) } : undefined;
};

/** The store's own client, for what is done behind Lockstep's back. */
export const plainQdrant = ({ url, apiKey }: QdrantConfig): QdrantClient => {
  const { protocol, hostname, port } = new URL(url);
  const https = protocol === 'https:';
  return new QdrantClient({
    host: hostname,
    https,
    port: Number(port) || (https ? 443 : 80),
    ...(apiKey ? { apiKey } : {}),
    checkCompatibility: false,
    timeout: 120_000,
    headers: { 'accept-encoding': 'identity' },
  });
};

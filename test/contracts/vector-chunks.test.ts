import { afterAll, beforeAll } from 'vitest';
import { type LocalQdrant, startQdrant } from '../../infra/local/qdrant.ts';
import type { QdrantConfig } from '../../shared/adapters/qdrant-client.ts';
import { realQdrant } from '../support/real-services.ts';
import { chunkStoreContract } from './chunk-store.ts';
import { vectorStoreContract } from './vector-store.ts';
import { aVectorStore } from './vector-store-builders.ts';

/** The promises of both ports; those of the common one for our vector without a name and with one. */
const keepsPromises = (name: string, config: () => QdrantConfig) => {
  chunkStoreContract(name, () => aVectorStore(config()));
  chunkStoreContract(`${name}, named vector`, () => aVectorStore(config(), 'text'));
  vectorStoreContract(name, (vector) => aVectorStore(config(), vector));
};

let local: LocalQdrant;
beforeAll(async () => {
  local = await startQdrant();
});
afterAll(() => local.close());
keepsPromises('the Qdrant stand-in', () => ({ url: local.url }));

const real = realQdrant();
if (real) keepsPromises('Qdrant', () => real);

import { QdrantClient } from '@qdrant/js-client-rest';
import { afterEach, beforeEach, expect } from 'vitest';
import { type LocalQdrant, startQdrant } from '../../infra/local/qdrant.ts';

export const A = '0a000000-0000-4000-8000-000000000001';
export const B = '0b000000-0000-4000-8000-000000000002';
export const C = 'c0000000-0000-4000-8000-000000000003';
export const ABSENT = 'ffffffff-ffff-4fff-8fff-ffffffffffff';
export const ROOT_HALF = 0.70710677;

export const clientAt = (port: number) =>
  new QdrantClient({
    url: 'http://127.0.0.1',
    port,
    checkCompatibility: false,
    headers: { 'accept-encoding': 'identity' },
  });

/** A new stand-in for every test of the file that asks for it. */
export let server: LocalQdrant;
export let client: QdrantClient;

export const withStandIn = (): void => {
  beforeEach(async () => {
    server = await startQdrant();
    talkTo(server.port);
  });
  afterEach(() => server.close());
};

export const talkTo = (port: number): void => {
  client = clientAt(port);
};

/** Stops what runs and goes on with what is in the directory. */
export const restartIn = async (directory: string): Promise<void> => {
  await server.close();
  server = await startQdrant({ directory });
  talkTo(server.port);
};

export const createDocs = () => client.createCollection('docs', { vectors: { size: 2, distance: 'Cosine' } });

export const withThreePoints = async () => {
  await createDocs();
  await client.upsert('docs', {
    points: [
      { id: C, vector: [0, 2], payload: { version: 3, path: 'c.md', tags: ['x', 'y'], at: { line: 7 } } },
      { id: A, vector: [2, 0], payload: { version: 1, path: 'a.md', tags: ['x'], at: { line: 1 } } },
      { id: B, vector: [1, 1], payload: { version: 2, path: 'b.md', tags: [], at: null } },
    ],
  });
};

export const idsOf = async (filter?: Parameters<QdrantClient['scroll']>[1]) =>
  (await client.scroll('docs', { ...filter, limit: 100, with_payload: false })).points.map(({ id }) => id);

export const payloadOf = async (id: string | number) =>
  (await client.retrieve('docs', { ids: [id] }))[0]?.payload ?? 'no such point';

export const vectorOf = async (id: string | number) =>
  (await client.retrieve('docs', { ids: [id], with_vector: true }))[0]?.vector;

/** The status and the message that the real client throws, which keeps them in `status` and `data`. */
export const refusalOf = async (call: Promise<unknown>): Promise<[status: number, message: string]> => {
  const error = await call.then(
    () => expect.fail('it is accepted'),
    (thrown: { status: number; data: { status: { error: string } } }) => thrown,
  );
  return [error.status, error.data.status.error];
};

export const raw = async (method: string, path: string, body?: string): Promise<[number, string]> => {
  const response = await fetch(server.url + path, { method, ...(body !== undefined && { body }) });
  return [response.status, await response.text()];
};

export const matching = (key: string, value: string | number) => ({ must: [{ key, match: { value } }] });

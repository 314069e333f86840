// Qdrant on one machine: a stand-in for its REST API, in this process, on the loopback, for the routes that Lockstep
// uses through the real client (infra/local/qdrant/routes.ts lists them). What it does, it does as Qdrant 1.18 does,
// with Qdrant's own failures: a batch is no transaction, an operation that names a missing point still changes the
// others, a condition that does not match answers `completed`, an upsert forgets every vector that it was not sent.
//
// It has no indexes: filters and searches visit points (`has_id` looks ids up), and `except` judges values of every
// type, also where an index of the server would hold only its own. Answered with 501, or inside a filter with 400: sparse
// and multi-vectors, distances other than cosine and dot, quantization, custom sharding, strict mode, `order_by`, upserts
// in columns (`batch`), `set_payload` below a `key`, datetime ranges, `has_vector`, ids from 2^53 on, paths through
// arrays other than in filters, and every other route. Overlooked: API keys, settings that only tune speed, consistency,
// ordering and timeouts (one process has one order), and digits of integers in payloads beyond 2^53. Everything is in
// memory; with a directory it is also in a log that outlives the process, but not the power.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openCollections } from './qdrant/collections.ts';
import { listener } from './qdrant/http.ts';

export interface LocalQdrant {
  url: string;
  port: number;
  close(): Promise<void>;
}

/** On a free port, or on the one given. One process at a time may use a directory. */
export const startQdrant = async (
  options: { directory?: string; port?: number } = {},
): Promise<LocalQdrant> => {
  const collections = openCollections(options.directory);
  const server = createServer(listener(collections));
  await listening(server, options.port ?? 0).catch((error: unknown) => {
    collections.close();
    throw error;
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    close: () => closed(server).finally(() => collections.close()),
  };
};

const listening = (server: Server, port: number) =>
  new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });

/** Kept-alive connections would hold the server open for as long as the client lives. */
const closed = (server: Server) =>
  new Promise<void>((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    server.closeAllConnections();
  });

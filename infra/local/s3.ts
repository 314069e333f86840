// S3 on one machine: a stand-in in this process, on the loopback, for the three requests that the archive makes through
// the real client: PutObject (with `If-None-Match: *`), GetObject and ListObjectsV2, in path style. Everything else is
// answered with 501. Every bucket is there; signatures, storage classes, encryption, versions and metadata are overlooked,
// and a body is checked against the CRC32 that the client sends, if it sends one. Objects are in memory, or with a
// directory in files, one an object.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerS3 } from './s3/answers.ts';
import { openObjects } from './s3/objects.ts';

export interface LocalS3 {
  endpoint: string;
  close(): Promise<void>;
}

export const startS3 = async (options: { directory?: string } = {}): Promise<LocalS3> => {
  const objects = openObjects(options.directory);
  const server = createServer((request, response) => {
    answerS3(objects, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${port}`, close: () => closed(server) };
};

/** Kept-alive connections would hold the server open for as long as the client lives. */
const closed = (server: Server) =>
  new Promise<void>((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    server.closeAllConnections();
  });

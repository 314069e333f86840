// DynamoDB on one machine: dynalite in this process, and the tables of `infra/tables.ts` on it or on any endpoint.
// It does no transactions, no streams and no TTL: expired items stay, which is why every read compares time itself.

import { mkdir } from 'node:fs/promises';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  type KeySchemaElement,
} from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type IndexRow, TABLES, type TableRow } from '../tables.ts';
import { openLevel } from './data-directory.ts';

interface DynaliteOptions {
  path?: string;
  createTableMs: number;
  deleteTableMs: number;
  updateTableMs: number;
}
// Dynalite ships no types; `require` leaves room to say what we use of it.
const dynalite = createRequire(import.meta.url)('dynalite') as (options: DynaliteOptions) => Server;

const WITHOUT_DELAYS = { createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 };

/** Dynalite on a free port of the loopback; on disk below `directory` where one is given, else in memory. */
export const startDynamo = async (
  options: { directory?: string } = {},
): Promise<{ endpoint: string; close(): Promise<void> }> => {
  if (options.directory) await proven(options.directory);
  const server = dynalite({ ...WITHOUT_DELAYS, ...(options.directory ? { path: options.directory } : {}) });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${port}`, close: () => closed(server) };
};

/** Files that it can't read make dynalite throw where nobody can catch it, so they are opened here first. */
const proven = async (directory: string) => {
  await mkdir(directory, { recursive: true });
  await (await openLevel(directory)).close();
};

/** Kept-alive connections would hold the server open for as long as the client lives. */
const closed = (server: Server) =>
  new Promise<void>((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    server.closeAllConnections();
  });

export const tableNameOf = (prefix: string, row: Pick<TableRow, 'name'>): string => `${prefix}-${row.name}`;

/** Creates what is missing of the tables, `<prefix>-Events` and `<prefix>-State`, and waits until they are there. */
export const createTables = async (client: DynamoDBDocumentClient, prefix: string): Promise<void> => {
  for (const row of TABLES) {
    await createTable(client, tableNameOf(prefix, row), row);
    await active(client, tableNameOf(prefix, row));
  }
};

const createTable = async (client: DynamoDBDocumentClient, tableName: string, row: TableRow) => {
  try {
    await client.send(new CreateTableCommand(definition(tableName, row)));
  } catch (error) {
    const isThereAlready = (error as Error).name === 'ResourceInUseException';
    if (!isThereAlready) throw error;
  }
};

const definition = (tableName: string, row: TableRow): CreateTableCommandInput => ({
  TableName: tableName,
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: keyNames(row).map((name) => ({ AttributeName: name, AttributeType: 'S' })),
  KeySchema: keySchema(row),
  GlobalSecondaryIndexes: row.indexes.map((index) => ({
    IndexName: index.name,
    KeySchema: keySchema(index),
    Projection: projection(index),
  })),
});

const keyNames = (row: TableRow) => [
  ...new Set([row, ...row.indexes].flatMap(({ partition, sort }) => [partition, sort])),
];

const keySchema = (keys: { partition: string; sort: string }): KeySchemaElement[] => [
  { AttributeName: keys.partition, KeyType: 'HASH' },
  { AttributeName: keys.sort, KeyType: 'RANGE' },
];

const projection = (index: IndexRow) =>
  index.include
    ? { ProjectionType: 'INCLUDE' as const, NonKeyAttributes: index.include }
    : { ProjectionType: 'KEYS_ONLY' as const };

const POLLS = 200;
const POLL_MS = 50;

const active = async (client: DynamoDBDocumentClient, tableName: string) => {
  for (let poll = 0; poll < POLLS; poll++) {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: tableName }));
    const indexes = Table?.GlobalSecondaryIndexes ?? [];
    if (Table?.TableStatus === 'ACTIVE' && indexes.every((one) => one.IndexStatus === 'ACTIVE')) return;
    await sleep(POLL_MS);
  }
  throw new Error(`table ${tableName} did not become active within ${(POLLS * POLL_MS) / 1000} s`);
};

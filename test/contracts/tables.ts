import { randomBytes } from 'node:crypto';
import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createTables, startDynamo, tableNameOf } from '../../infra/local/dynamodb.ts';
import { dynamoClient, type TableHandle, type Usage } from '../../shared/adapters/dynamodb-client.ts';

/** Both tables, new and empty. `usage` counts what was asked of them since they were created. */
export interface FreshTables {
  client: DynamoDBDocumentClient;
  events: TableHandle;
  state: TableHandle;
  usage: Usage;
  stop(): Promise<void>;
}

/** Tables on the DynamoDB at AWS_ENDPOINT_URL_DYNAMODB if that is set, else on a dynalite of their own, in memory. */
export const freshTables = (): Promise<FreshTables> => {
  const endpoint = process.env.AWS_ENDPOINT_URL_DYNAMODB;
  return endpoint ? freshTablesAt(endpoint) : freshTablesOnDynalite();
};

export const freshTablesOnDynalite = async (): Promise<FreshTables> => {
  const server = await startDynamo();
  const tables = await freshTablesAt(server.endpoint);
  return {
    ...tables,
    async stop() {
      tables.client.destroy();
      await server.close();
    },
  };
};

export const freshTablesAt = async (endpoint: string): Promise<FreshTables> => {
  const usage: Usage = { requests: 0, read_units: 0, write_units: 0 };
  const client = dynamoClient(configFor(endpoint), usage);
  const prefix = `test-${randomBytes(6).toString('hex')}`;
  await createTables(client, prefix);
  Object.assign(usage, { requests: 0, read_units: 0, write_units: 0 });
  const events = { client, tableName: tableNameOf(prefix, { name: 'Events' }) };
  const state = { client, tableName: tableNameOf(prefix, { name: 'State' }) };
  return {
    client,
    events,
    state,
    usage,
    async stop() {
      for (const { tableName } of [events, state]) {
        await client.send(new DeleteTableCommand({ TableName: tableName }));
      }
      client.destroy();
    },
  };
};

/** Emulators take any credentials, but the client refuses to start without some. */
export const configFor = (endpoint: string) => ({
  endpoint,
  region: process.env.AWS_REGION ?? 'us-east-1',
  ...(process.env.AWS_ACCESS_KEY_ID
    ? {}
    : { credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }),
});

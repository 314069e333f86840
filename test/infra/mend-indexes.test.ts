import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { ClassicLevel } from 'classic-level';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTables, startDynamo } from '../../infra/local/dynamodb.ts';
import { mendIndexes } from '../../infra/local/mend-indexes.ts';
import { signedCursors } from '../../shared/adapters/cursors.ts';
import { dynamoClient } from '../../shared/adapters/dynamodb-client.ts';
import { dynamoDocuments } from '../../shared/adapters/dynamodb-documents.ts';
import { unborn } from '../../shared/domain/document.ts';
import { configFor } from '../contracts/tables.ts';
import { testClock } from '../support/clock.ts';

let directory: string;
let stop = async () => {};
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lockstep-indexes-'));
});
afterEach(async () => {
  await stop();
  await rm(directory, { recursive: true });
});

const start = async () => {
  const dynamo = await startDynamo({ directory });
  const client = dynamoClient(configFor(dynamo.endpoint));
  await createTables(client, 't');
  stop = async () => {
    client.destroy();
    await dynamo.close();
  };
  return client;
};
const clock = testClock();
const documentsOn = (client: DynamoDBDocumentClient) =>
  dynamoDocuments({
    client,
    tableName: 't-State',
    cursors: signedCursors('of thirty-two letters or more!!!'),
    clock,
  });

/** What a kill leaves between the index, where dynalite writes first, and the item. */
const forgetOpenOperations = async () => {
  await stop();
  const level = new ClassicLevel<string, unknown>(directory, { valueEncoding: 'json' });
  const keys = (await level.keys().all()).filter((key) => key.includes('~openOperations~'));
  await level.batch(keys.map((key) => ({ type: 'del' as const, key })));
  await level.close();
  return keys.length;
};

describe('a document that a kill left open and out of the index of open operations', () => {
  test('is found again after a start, so that it can be settled', async () => {
    const documents = documentsOn(await start());
    const open = {
      op_id: '11111111-1111-4111-8111-111111111111',
      kind: 'write' as const,
      correlation_id: '22222222-2222-4222-8222-222222222222',
      started_at: new Date(clock.now()).toISOString(),
      deadline: new Date(clock.now()).toISOString(),
    };
    await documents.reserve(unborn('p', 'a.md'), open);
    expect(await forgetOpenOperations()).toBe(1);

    const client = await start();
    const now = new Date(clock.now() + 60_000).toISOString();
    expect(await documentsOn(client).overdue(now, 10)).toEqual([]);
    await mendIndexes(client, 't-State');

    expect(await documentsOn(client).overdue(now, 10)).toMatchObject([{ file_path: 'a.md', open }]);
  });
});

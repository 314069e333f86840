// Dynalite changes what its indexes say of an item before the item itself. A process killed between the two leaves an
// item that no index lists: a document would stay open for ever, since nothing finds it to be settled. An update that
// changes nothing writes an item's entries again.

import { type DynamoDBDocumentClient, ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { TABLES } from '../tables.ts';

const AT_ONCE = 32;

/** Lists again what of the State table belongs in an index. On start, before anything else writes there. */
export const mendIndexes = async (client: DynamoDBDocumentClient, TableName: string): Promise<void> => {
  for (const { partition } of TABLES.find(({ name }) => name === 'State')?.indexes ?? []) {
    const items = await indexedBy(client, TableName, partition);
    while (items.length > 0)
      await Promise.all(items.splice(0, AT_ONCE).map((Key) => writeAgain(client, TableName, Key, partition)));
  }
};

type Key = Record<'pk' | 'sk', string>;

const indexedBy = async (client: DynamoDBDocumentClient, TableName: string, partition: string) => {
  const keys: Key[] = [];
  let start: Record<string, unknown> | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new ScanCommand({
        TableName,
        FilterExpression: `attribute_exists(${partition})`,
        ProjectionExpression: 'pk, sk',
        ExclusiveStartKey: start,
      }),
    );
    keys.push(...(Items as Key[]));
    start = LastEvaluatedKey;
  } while (start);
  return keys;
};

const writeAgain = (client: DynamoDBDocumentClient, TableName: string, Key: Key, partition: string) =>
  client.send(
    new UpdateCommand({
      TableName,
      Key,
      UpdateExpression: `SET ${partition} = ${partition}`,
      ConditionExpression: `attribute_exists(${partition})`,
    }),
  );

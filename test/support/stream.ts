import { ScanCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { recordOf } from '../../infra/local/stream.ts';
import type { TableHandle } from '../../shared/adapters/dynamodb-client.ts';

/** Every item of a table as its stream would have carried it when it was put there. */
export const recordsOf = async ({ client, tableName }: TableHandle): Promise<DynamoDBRecord[]> => {
  const records: DynamoDBRecord[] = [];
  let ExclusiveStartKey: ScanCommand['input']['ExclusiveStartKey'];
  do {
    const page = await client.send(new ScanCommand({ TableName: tableName, ExclusiveStartKey }));
    records.push(...(page.Items ?? []).map(recordOf));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  return records;
};

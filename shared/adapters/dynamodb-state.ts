// Requests on the State table that several adapters make in the same way.

import {
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { Clock } from '../ports.ts';
import { isConditionFailed, requesting, type TableHandle } from './dynamodb-client.ts';

export interface StateHandle extends TableHandle {
  clock: Clock;
}
/** The time as records hold it, so that it compares with theirs. */
export const nowOf = ({ clock }: StateHandle): string => new Date(clock.now()).toISOString();

export interface Key {
  pk: string;
  sk: string;
}
type Row = Record<string, unknown>;

/** Runs one conditional request; `undefined`: its condition does not hold, or no longer does after an inner retry. */
export const conditionally = async <T>(
  subject: string,
  request: () => Promise<T>,
): Promise<T | undefined> => {
  try {
    return await requesting('state', subject, request);
  } catch (error) {
    if (isConditionFailed(error)) return undefined;
    throw error;
  }
};

/** `#name` stands for the attribute `name` wherever it is written, since many of our names are reserved words. */
export const namesIn = (...expressions: string[]) => {
  const names = [...expressions.join(' ').matchAll(/#(\w+)/g)].map(([placeholder, name = '']) => [
    placeholder,
    name,
  ]);
  return names.length > 0
    ? { ExpressionAttributeNames: Object.fromEntries(names) as Record<string, string> }
    : {};
};

export interface Step {
  update: string;
  conditions: string[];
  values: Row;
}

/** One conditional update: the item as it is afterwards, or `undefined` if a condition does not hold. */
export const updateIf = async <Item>(
  { client, tableName }: TableHandle,
  key: Key,
  { update, conditions, values }: Step,
  subject: string,
): Promise<Item | undefined> => {
  const command = new UpdateCommand({
    TableName: tableName,
    Key: key,
    UpdateExpression: update,
    ...(conditions.length > 0 && { ConditionExpression: conditions.map((one) => `(${one})`).join(' AND ') }),
    ...namesIn(update, ...conditions),
    ExpressionAttributeValues: values,
    ReturnValues: 'ALL_NEW',
  });
  return (await conditionally(subject, () => client.send(command)))?.Attributes as Item | undefined;
};

export const getItem = async <Item>(
  { client, tableName }: TableHandle,
  { pk, sk }: Key,
  subject: string,
): Promise<Item | undefined> => {
  const command = new GetCommand({ TableName: tableName, Key: { pk, sk }, ConsistentRead: true });
  const { Item } = await requesting('state', subject, () => client.send(command));
  return Item as Item | undefined;
};

export type StateQuery = Omit<QueryCommandInput, 'TableName' | 'ExclusiveStartKey'>;

/** The pages of a query, one after the other, for as long as somebody takes them. */
export async function* queryPages<Item>(
  { client, tableName }: TableHandle,
  query: StateQuery,
  subject: string,
): AsyncGenerator<{ items: Item[]; count: number }> {
  let start: QueryCommandInput['ExclusiveStartKey'];
  do {
    const command = new QueryCommand({ ...query, TableName: tableName, ExclusiveStartKey: start });
    const page = await requesting('state', subject, () => client.send(command));
    yield { items: (page.Items ?? []) as Item[], count: page.Count ?? 0 };
    start = page.LastEvaluatedKey;
  } while (start);
}

/** Everything in a partition, keys only, strongly consistent. */
export const keysIn = async (table: TableHandle, pk: string): Promise<Key[]> => {
  const query = {
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: { ':pk': pk },
    ProjectionExpression: 'pk, sk',
    ConsistentRead: true,
  };
  const keys: Key[] = [];
  for await (const { items } of queryPages<Key>(table, query, 'listing a partition')) keys.push(...items);
  return keys;
};

/** Everything in a partition, in order, strongly consistent. */
export const itemsIn = async <Item>(table: StateHandle, pk: string): Promise<Item[]> => {
  const condition = { KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': pk } };
  const pages = queryPages<Item>(table, { ...condition, ConsistentRead: true }, 'reading a partition');
  return (await Array.fromAsync(pages)).flatMap(({ items }) => items);
};

/** What stands under the key stays: a start that is repeated must not undo what has been walked since. */
export const putOnce = <Item extends Key>({ client, tableName, clock }: StateHandle, item: Item) => {
  const put = new PutCommand({
    TableName: tableName,
    Item: item,
    ConditionExpression: 'attribute_not_exists(pk) OR expires_at <= :seconds',
    ExpressionAttributeValues: { ':seconds': clock.now() / 1000 },
  });
  return conditionally('storing an item', () => client.send(put));
};

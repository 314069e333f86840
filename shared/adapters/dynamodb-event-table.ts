import { GetCommand, PutCommand, QueryCommand, type QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import { UnavailableError } from '../errors.ts';
import { isConditionFailed, requesting, type TableHandle } from './dynamodb-client.ts';
import { type EventItem, type PartItem, partKeys } from './dynamodb-event-item.ts';

interface Key {
  pk: string;
  sk: string;
}

/** Expired items are there until TTL collects them, but count as absent: only they may be replaced. */
const isAbsent = 'attribute_not_exists(pk)';
const isExpired = 'expires_at < :now';

/** Whether the item was stored; `false`: something stands under its key. `now` in epoch seconds. */
export const putOnce = async (
  { client, tableName }: TableHandle,
  item: EventItem,
  now: number,
): Promise<boolean> => {
  const put = new PutCommand({
    TableName: tableName,
    Item: item,
    ConditionExpression: [isAbsent, isExpired].join(' OR '),
    ExpressionAttributeValues: { ':now': now },
  });
  try {
    await requesting('events', `append of ${item.event.event_type}`, () => client.send(put));
    return true;
  } catch (error) {
    if (isConditionFailed(error)) return false;
    throw error;
  }
};

/** Unconditional: a part's key says what it holds, so that it can only be replaced by itself. */
export const putPart = async ({ client, tableName }: TableHandle, part: PartItem): Promise<void> => {
  const put = new PutCommand({ TableName: tableName, Item: part });
  await requesting('events', 'storing a part of a manifest', () => client.send(put));
};

export const getItem = (table: TableHandle, key: Key): Promise<EventItem | undefined> =>
  get<EventItem>(table, key, 'reading an event');

/** The item with its manifest, wherever that is. */
export const withParts = async (table: TableHandle, item: EventItem): Promise<EventItem> => {
  if (!item.parts) return item;
  const parts = await Promise.all(
    partKeys(item).map((key) => get<PartItem>(table, key, 'reading a manifest')),
  );
  const found = parts.filter((part) => part !== undefined);
  if (found.length < parts.length) {
    throw new UnavailableError('events', 'partial', `the manifest at ${item.sk} is not all there`);
  }
  return { ...item, manifest: Buffer.concat(found.map((part) => part.bytes)) };
};

const get = async <Item>({ client, tableName }: TableHandle, { pk, sk }: Key, subject: string) => {
  const command = new GetCommand({ TableName: tableName, Key: { pk, sk }, ConsistentRead: true });
  const { Item } = await requesting('events', subject, () => client.send(command));
  return Item as Item | undefined;
};

/** Up to `limit` items of a stream in order of position, behind the position `place`. */
export const readStream = async (
  { client, tableName }: TableHandle,
  stream: string,
  place: string | undefined,
  limit: number,
  isLive: (item: EventItem) => boolean,
): Promise<EventItem[]> => {
  const items: EventItem[] = [];
  let start: QueryCommandInput['ExclusiveStartKey'] =
    place === undefined ? undefined : { pk: stream, sk: place };
  do {
    const query = new QueryCommand({
      TableName: tableName,
      KeyConditionExpression: 'pk = :stream',
      ExpressionAttributeValues: { ':stream': stream },
      ConsistentRead: true,
      Limit: limit - items.length,
      ExclusiveStartKey: start,
    });
    const page = await requesting('events', 'reading a stream', () => client.send(query));
    items.push(...((page.Items ?? []) as EventItem[]).filter(isLive));
    start = page.LastEvaluatedKey;
  } while (start && items.length < limit);
  return items;
};

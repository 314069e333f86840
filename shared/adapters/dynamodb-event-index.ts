import { QueryCommand, type QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import type { EventType } from '../domain/event.ts';
import { requesting, type TableHandle } from './dynamodb-client.ts';
import { type EventIndex, type EventItem, shardKey } from './dynamodb-event-item.ts';

/** A stretch of one key of an index, over all of its shards. */
export interface IndexRange {
  index: EventIndex;
  value: string;
  /** Bounds of the time key, both inclusive; a bare timestamp is less than every time key that begins with it. */
  from: string;
  to: string;
  newestFirst: boolean;
  type?: EventType | undefined;
}
/** Greater than every timestamp. */
export const END_OF_TIME = '~';

/**
 * Up to `limit` items in order of time, behind `place`: the time key of the last item seen. As time keys are unique,
 * that one key is the place in every shard, and what is inserted meanwhile can neither repeat nor displace an item.
 */
export const readIndex = async (
  table: TableHandle,
  range: IndexRange,
  place: string | undefined,
  limit: number,
  isLive: (item: EventItem) => boolean,
): Promise<EventItem[]> => {
  const rest = behind(range, place);
  if (rest.from > rest.to) return [];
  const isWanted = (item: EventItem) => item.time_key !== place && isLive(item);
  const shards = Array.from({ length: range.index.shards }, (_, shard) =>
    shardItems(table, rest, shard, pageSize(limit, range), isWanted),
  );
  return merged(shards, limit, range.newestFirst);
};

/** BETWEEN has both bounds inclusive, so that the place itself is met again and skipped by the reader. */
const behind = (range: IndexRange, place: string | undefined): IndexRange => {
  if (place === undefined) return range;
  return range.newestFirst ? { ...range, to: place } : { ...range, from: place };
};

const PAGE_SIZE_SPARE = 4;
const PAGE_SIZE_MAX = 1000;
const pageSize = (limit: number, { index }: IndexRange) => Math.ceil(limit / index.shards) + PAGE_SIZE_SPARE;

/** Pages double, so that a short listing reads little and a filter that matches little soon reads much at a time. */
async function* shardItems(
  table: TableHandle,
  range: IndexRange,
  shard: number,
  firstPageSize: number,
  isWanted: (item: EventItem) => boolean,
): AsyncGenerator<EventItem> {
  let start: QueryCommandInput['ExclusiveStartKey'];
  let size = firstPageSize;
  do {
    const query = new QueryCommand({
      ...shardQuery(table, range, shard),
      Limit: size,
      ExclusiveStartKey: start,
    });
    const page = await requesting('events', `reading ${range.index.name}`, () => table.client.send(query));
    yield* ((page.Items ?? []) as EventItem[]).filter(isWanted);
    start = page.LastEvaluatedKey;
    size = Math.min(size * 2, PAGE_SIZE_MAX);
  } while (start);
}

const shardQuery = (table: TableHandle, range: IndexRange, shard: number) => ({
  TableName: table.tableName,
  IndexName: range.index.name,
  KeyConditionExpression: '#partition = :partition AND time_key BETWEEN :from AND :to',
  ScanIndexForward: !range.newestFirst,
  ...(range.type && { FilterExpression: '#event.event_type = :type' }),
  ExpressionAttributeNames: { '#partition': range.index.partition, ...(range.type && { '#event': 'event' }) },
  ExpressionAttributeValues: {
    ':partition': shardKey(range.value, shard),
    ':from': range.from,
    ':to': range.to,
    ...(range.type && { ':type': range.type }),
  },
});

const merged = async (shards: AsyncGenerator<EventItem>[], limit: number, newestFirst: boolean) => {
  const items: EventItem[] = [];
  const heads = await Promise.all(shards.map(nextOf));
  while (items.length < limit) {
    const first = indexOfFirst(heads, newestFirst);
    const [item, shard] = [heads[first], shards[first]];
    if (!item || !shard) break;
    items.push(item);
    heads[first] = await nextOf(shard);
  }
  return items;
};

const nextOf = async (shard: AsyncGenerator<EventItem>): Promise<EventItem | undefined> => {
  const next = await shard.next();
  return next.done ? undefined : next.value;
};

/** Which head comes first; -1 if all shards are at their end. */
const indexOfFirst = (heads: (EventItem | undefined)[], newestFirst: boolean) =>
  heads.reduce((first, head, i) => {
    const best = heads[first];
    if (!head) return first;
    if (!best) return i;
    return head.time_key < best.time_key !== newestFirst ? i : first;
  }, -1);

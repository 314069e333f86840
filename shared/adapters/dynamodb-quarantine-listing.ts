import { deleteItems, getItems } from './dynamodb-batch.ts';
import {
  chunkKey,
  type EntryItem,
  entryKey,
  type Listed,
  type ListingItem,
  listingKey,
  listingPartition,
} from './dynamodb-quarantine-items.ts';
import { type Key, keysIn, nowOf, queryPages, type StateHandle } from './dynamodb-state.ts';

/** Up to `limit` live entries, newest first, behind the listing key `before`. */
export const entriesBefore = async (
  table: StateHandle,
  project: string,
  before: string | undefined,
  limit: number,
): Promise<Listed[]> => {
  const query = {
    KeyConditionExpression: before === undefined ? 'pk = :pk' : 'pk = :pk AND sk < :before',
    ExpressionAttributeValues: {
      ':pk': listingPartition(project),
      ...(before !== undefined && { ':before': before }),
    },
    ConsistentRead: true,
    ScanIndexForward: false,
    Limit: limit,
  };
  const found: Listed[] = [];
  for await (const { items } of queryPages<ListingItem>(table, query, 'listing the quarantine')) {
    found.push(...(await entriesOf(table, project, items)));
    if (found.length >= limit) break;
  }
  return found.slice(0, limit);
};

/** The live entries that listing items lead to, in the same order. */
const entriesOf = async (table: StateHandle, project: string, listed: ListingItem[]): Promise<Listed[]> => {
  const keys = [...new Set(listed.map((one) => one.quarantine_id))].map((id) =>
    entryKey({ project, quarantine_id: id }),
  );
  const items = await getItems<EntryItem>(table, keys, 'listing the quarantine');
  const live = items.map((item) => item.entry).filter((entry) => entry.expires_at > nowOf(table));
  const byListing = new Map(live.map((entry) => [listingKey(entry).sk, entry]));
  return listed.flatMap(({ sk }) => byListing.get(sk) ?? []);
};

export const dropEntries = async (table: StateHandle, project: string): Promise<void> => {
  const query = {
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: { ':pk': listingPartition(project) },
    ConsistentRead: true,
  };
  for await (const { items } of queryPages<ListingItem>(table, query, 'dropping the quarantine')) {
    for (const item of items)
      await deleteItems(table, await keysOf(table, project, item), 'dropping an entry');
  }
};

const keysOf = async (table: StateHandle, project: string, item: ListingItem): Promise<Key[]> => {
  const { pk } = entryKey({ project, quarantine_id: item.quarantine_id });
  return [...(await keysIn(table, pk)), chunkKey(project, item.chunk_id), item];
};

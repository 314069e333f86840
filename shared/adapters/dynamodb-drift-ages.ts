import { asKey } from '../domain/name.ts';
import type { DriftItem } from '../domain/project.ts';
import { queryPages, type StateHandle } from './dynamodb-state.ts';

/** What puts an item into the index by age, and is absent on all others. */
export interface AgeKeys {
  listing_key?: string | undefined;
  order_key?: string | undefined;
}

/** One partition of an index takes 1,000 writes a second, and a scan may find thousands at once. */
const SHARDS = [0, 1, 2, 3];
const listingKey = (project: string, shard: number) => `standing#${project}#${shard}`;
const shardOf = (chunk_id: string) => (Number.parseInt(chunk_id.slice(0, 1), 16) || 0) % SHARDS.length;

/** Differences that stand are in the index, by when they were first seen; what has ended or is parked leaves it. */
export const ageKeys = (value: object | undefined): AgeKeys => {
  const { status, project, chunk_id, first_seen } = (value ?? {}) as Partial<DriftItem>;
  if (!project || !chunk_id || (status !== 'open' && status !== 'waiting'))
    return { listing_key: undefined, order_key: undefined };
  return {
    listing_key: listingKey(project, shardOf(chunk_id)),
    order_key: `${first_seen}#${asKey(chunk_id)}`,
  };
};

/** One key of each shard is read, however many differences there are. */
export const oldestStanding = async (table: StateHandle, project: string): Promise<string | undefined> => {
  const firsts = await Promise.all(SHARDS.map((shard) => firstOf(table, listingKey(project, shard))));
  return firsts.flatMap((first) => first?.order_key.split('#')[0] ?? []).sort()[0];
};

const firstOf = async (table: StateHandle, key: string) => {
  const query = {
    IndexName: 'byProject',
    KeyConditionExpression: 'listing_key = :key',
    ExpressionAttributeValues: { ':key': key },
    Limit: 1,
  };
  for await (const { items } of queryPages<{ order_key: string }>(table, query, 'reading the oldest drift'))
    return items[0];
  return undefined;
};

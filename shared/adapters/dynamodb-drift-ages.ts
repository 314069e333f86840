import { asKey } from '../domain/name.ts';
import { type DriftItem, isStanding } from '../domain/project.ts';
import { type FirstUnequal, firstOf } from '../domain/verified.ts';
import type { Drifts } from '../ports.ts';
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

/** Sorts behind every time. */
const PARKED = '~';

/** What is known of no time. */
const UNKNOWN = '-';

/**
 * Differences that stand are in the index by when they were first seen, parked ones last; what has ended leaves it. The
 * keys alone are read, so that they also say when the change was recorded.
 */
export const ageKeys = (value: object | undefined): AgeKeys => {
  const { status, project, chunk_id, first_seen, recorded_at } = (value ?? {}) as Partial<DriftItem>;
  if (!project || !chunk_id || !status || !isStanding({ status }))
    return { listing_key: undefined, order_key: undefined };
  const place = [first_seen, recorded_at ?? UNKNOWN, asKey(chunk_id)].join('#');
  const order_key = status === 'parked' ? `${PARKED}${place}` : place;
  return { listing_key: listingKey(project, shardOf(chunk_id)), order_key };
};

/** About as many keys of an index as one query answers at once, unless a store made up long ids. */
const MOST_OF_A_SHARD = 2_500;

/** A few queries of each shard at most, however many differences there are. */
export const standingDrifts = async (table: StateHandle, project: string): ReturnType<Drifts['standing']> => {
  const shards = await Promise.all(SHARDS.map((shard) => firstKeys(table, listingKey(project, shard))));
  const oldest = shards
    .flatMap(([first]) => (first && !first.startsWith(PARKED) ? [first.split('#')[0] ?? ''] : []))
    .sort()[0];
  const hasMore = shards.some((keys) => keys.length >= MOST_OF_A_SHARD);
  const unequal = shards
    .flat()
    .map(recordedIn)
    .reduce(firstOf, hasMore ? null : undefined);
  return {
    count: shards.reduce((sum, keys) => sum + keys.length, 0),
    hasMore,
    ...(oldest ? { oldest } : {}),
    ...(unequal === undefined ? {} : { unequal }),
  };
};

/** Nothing is known of one that was recorded before keys said it. */
const recordedIn = (key: string): FirstUnequal => {
  const [, recorded = UNKNOWN] = key.split('#');
  return Number.isNaN(Date.parse(recorded)) ? null : recorded;
};

const firstKeys = async (table: StateHandle, key: string): Promise<string[]> => {
  const query = {
    IndexName: 'byProject',
    KeyConditionExpression: 'listing_key = :key',
    ExpressionAttributeValues: { ':key': key },
    ProjectionExpression: 'order_key',
    Limit: MOST_OF_A_SHARD,
  };
  const keys: string[] = [];
  for await (const { items } of queryPages<{ order_key: string }>(table, query, 'counting what stands')) {
    keys.push(...items.map(({ order_key }) => order_key));
    if (keys.length >= MOST_OF_A_SHARD) break;
  }
  return keys;
};

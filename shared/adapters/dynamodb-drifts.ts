import { randomUUID } from 'node:crypto';
import { asKey } from '../domain/name.ts';
import type { DriftItem } from '../domain/project.ts';
import type { Drifts } from '../ports.ts';
import { dynamoAttempts } from './dynamodb-attempts.ts';
import { deleteItems, eachOf, putItems } from './dynamodb-batch.ts';
import { DIGITS, digitOf } from './dynamodb-digits.ts';
import { type AgeKeys, ageKeys, standingDrifts } from './dynamodb-drift-ages.ts';
import type { ListingOptions } from './dynamodb-listing.ts';
import { itemsAt, liveItems, revise, type Stored } from './dynamodb-revisions.ts';
import { keysIn, namesIn, queryPages, type StateHandle } from './dynamodb-state.ts';

type Drift = DriftItem & { ended_at?: string; expires_at?: number };
type Mark = Parameters<Drifts['mark']>[2];
type Filter = Parameters<Drifts['list']>[1];

const keyIn = (partition: string, id: string) => ({
  pk: `${partition}#${digitOf(asKey(id))}`,
  sk: asKey(id),
});
const driftKey = (project: string, id: string) => keyIn(`drift#${project}`, id);

const DAY_MS = 86_400_000;
const KEPT_MS = 30 * DAY_MS;
const isEnded = ({ status }: Pick<DriftItem, 'status'>) => status === 'repaired' || status === 'gone';
const seconds = (ms: number) => Math.floor(ms / 1000);
const isUnexpired = 'attribute_not_exists(expires_at) OR expires_at > :seconds';

/** Confirmed differences, an item a chunk, and what has been tried on them, an item an operation. */
export const dynamoDrifts = (options: ListingOptions): Drifts => {
  const { dropAttempts, ...attempts } = dynamoAttempts(options);
  return {
    ...attempts,

    async record(items) {
      const keyOf = (item: DriftItem) => driftKey(item.project, item.chunk_id);
      const seen = await itemsAt<Drift>(options, items.map(keyOf));
      await eachOf(items, (item) =>
        revise<Drift>(options, keyOf(item), seen, (known) => sightedAgain(known, item), ageKeys),
      );
    },

    async get(project, ids) {
      const keys = ids.map((id) => driftKey(project, id));
      const found = await liveItems<Drift>(options, keys);
      return new Map(found.map((item) => [item.chunk_id, driftOf(item)]));
    },

    async list(project, filter, { limit, cursor }) {
      const name = JSON.stringify(['drifts', project, filter.status, filter.type, filter.scan_id]);
      const after = cursor === undefined ? '' : options.cursors.open<string>(name, cursor);
      const found: Stored<Drift>[] = [];
      for await (const item of driftsAfter(options, project, filter, after, limit + 1))
        if (found.push(item) > limit) break;
      const items = found.slice(0, limit);
      const last = found.length > limit ? items.at(-1) : undefined;
      return { items: items.map(driftOf), ...(last && { next_cursor: options.cursors.seal(name, last.sk) }) };
    },

    standing: (project) => standingDrifts(options, project),

    async mark(project, ids, change) {
      const keys = ids.map((id) => driftKey(project, id));
      const seen = await itemsAt<Drift>(options, keys);
      const now = options.clock.now();
      await eachOf(keys, (key) =>
        revise<Drift>(options, key, seen, (known) => known && marked(known, change, now), ageKeys),
      );
    },

    recordRepaired(items) {
      const now = options.clock.now();
      // No revision that anyone has read, so that nobody's change of what was overwritten takes.
      const stored = items.map((item) => ({
        ...ended(item, now),
        ...driftKey(item.project, item.chunk_id),
        ...{ revision: now, write_token: randomUUID() },
      }));
      return putItems(options, stored, 'ending drifts');
    },

    async drop(project) {
      await dropAttempts(project);
      for (const digit of DIGITS)
        await deleteItems(options, await keysIn(options, driftKey(project, digit).pk), 'dropping drifts');
    },
  };
};

/**
 * What is known of a chunk after it has been seen to differ. A sighting that is older than the last one, or than the
 * chunk's repair, comes late and changes nothing. That its vector is of another text is not forgotten, since only
 * embedding it again could show that it no longer is.
 */
const sightedAgain = (known: Drift | undefined, item: DriftItem): Drift => {
  if (known === undefined) return item;
  if (isEnded(known)) return item.last_seen < (known.ended_at ?? '') ? known : item;
  if (item.last_seen < known.last_seen) return known;
  const { scan_id, depth, last_seen } = item;
  const isStillParked = known.status === 'parked' && known.evidence === item.evidence;
  const news = isStillParked
    ? { ...known, scan_id, depth, last_seen }
    : { ...item, first_seen: known.first_seen };
  return known.embed_again ? { ...news, embed_again: true, depth: 'vectors' } : news;
};

/** What has ended stays so, whoever comes late; only a proven repair says more than "gone". Its old reason goes. */
const marked = (known: Drift, change: Mark, now: number): Drift => {
  if (known.status === 'repaired' || (known.status === 'gone' && change.status !== 'repaired')) return known;
  const { reason: _reason, ended_at: _ended, expires_at: _expires, ...rest } = known;
  const next = { ...rest, ...change };
  return isEnded(change) ? ended(next, now) : next;
};

const ended = (item: DriftItem, now: number): Drift => ({
  ...item,
  ended_at: new Date(now).toISOString(),
  expires_at: seconds(now + KEPT_MS),
});

const driftOf = (item: Stored<Drift> & AgeKeys) => {
  const { pk, sk, revision, write_token, listing_key, order_key, expires_at, ended_at, ...drift } = item;
  return drift;
};

const FILTERED_PAGE = 1000;
/** From digit to digit: in each partition `sk > :after` leaves out what has been listed. */
async function* driftsAfter(
  table: StateHandle,
  project: string,
  filter: Filter,
  after: string,
  most: number,
) {
  const given = Object.entries(filter).filter(([, value]) => value !== undefined);
  const filters = [`(${isUnexpired})`, ...given.map(([name]) => `#${name} = :${name}`)].join(' AND ');
  const values = Object.fromEntries(given.map(([name, value]) => [`:${name}`, value]));
  for (const digit of DIGITS.filter((one) => one >= digitOf(after))) {
    const place = { ':pk': driftKey(project, digit).pk, ':after': after || ' ' };
    const query = {
      KeyConditionExpression: 'pk = :pk AND sk > :after',
      FilterExpression: filters,
      ...namesIn(filters),
      ExpressionAttributeValues: { ...place, ...values, ':seconds': table.clock.now() / 1000 },
      ConsistentRead: true,
      Limit: given.length > 0 ? Math.max(FILTERED_PAGE, most) : most,
    };
    for await (const { items } of queryPages<Stored<Drift>>(table, query, 'listing drifts')) yield* items;
  }
}

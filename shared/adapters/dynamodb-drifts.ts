import { randomUUID } from 'node:crypto';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { type DriftItem, type DriftStatus, NO_HISTORY, type RepairHistory } from '../domain/project.ts';
import { ConflictError } from '../errors.ts';
import type { Drifts } from '../ports.ts';
import type { Cursors } from './cursors.ts';
import { deleteItems, getItems } from './dynamodb-batch.ts';
import {
  conditionally,
  type Key,
  keysIn,
  namesIn,
  queryPages,
  type StateHandle,
  updateIf,
} from './dynamodb-state.ts';

export interface DriftsOptions extends StateHandle {
  cursors: Cursors;
}

/** A value as it is stored: each change raises `revision`, and is refused if another came in between. */
type Stored<Value> = Value & Key & { revision: number; write_token: string };
type Expiring<Value> = Value & { expires_at?: number };
type Drift = Expiring<DriftItem & { ended_at?: string }>;
type History = Expiring<RepairHistory>;

/** A project's items are spread over sixteen partitions, each a stretch of ids: one after another is in order. */
export const DIGITS = [...'0123456789abcdef'];
export const digitOf = (id: string) => DIGITS.findLast((digit) => digit <= id) ?? '0';
const driftKey = (project: string, id: string): Key => ({ pk: `drift#${project}#${digitOf(id)}`, sk: id });
const historyKey = (project: string, id: string): Key => ({
  pk: `history#${project}#${digitOf(id)}`,
  sk: id,
});

const DAY_MS = 86_400_000;
const KEPT_MS = 30 * DAY_MS;
const REPAIRS_KEPT = 10;
const WRITES_AT_ONCE = 25;
const isEnded = (status: DriftStatus) => status === 'repaired' || status === 'gone';
const seconds = (ms: number) => Math.floor(ms / 1000);
const notExpired = 'attribute_not_exists(expires_at) OR expires_at > :seconds';

/** Confirmed differences, and what has been tried on them: one item a chunk of either kind. */
export const dynamoDrifts = (options: DriftsOptions): Drifts => ({
  async record(items) {
    const keys = new Map(items.map((item) => [item.chunk_id, driftKey(item.project, item.chunk_id)]));
    const seen = await itemsById<Drift>(options, [...keys.values()]);
    await eachOf(items, ({ ...item }) => {
      const key = driftKey(item.project, item.chunk_id);
      return revise<Drift>(options, key, seen.get(key.sk), (known) => sightedAgain(known, item));
    });
  },

  async get(project, ids) {
    const found = await itemsById<Drift>(
      options,
      ids.map((id) => driftKey(project, id)),
    );
    return new Map(
      [...found].filter(([, item]) => isLive(options, item)).map(([id, item]) => [id, driftOf(item)]),
    );
  },

  async list(project, filter, { limit, cursor }) {
    const name = JSON.stringify([
      'drifts',
      project,
      filter.status ?? '',
      filter.type ?? '',
      filter.scan_id ?? '',
    ]);
    const after = cursor === undefined ? '' : options.cursors.open<string>(name, cursor);
    const found: DriftItem[] = [];
    for await (const item of driftsAfter(options, project, filter, after, limit + 1))
      if (found.push(driftOf(item)) > limit) break;
    const items = found.slice(0, limit);
    const last = items.at(-1);
    const hasMore = last && found.length > items.length;
    return { items, ...(hasMore && { next_cursor: options.cursors.seal(name, last.chunk_id) }) };
  },

  async mark(project, ids, change) {
    const marking = markingAs(change, options.clock.now());
    await eachOf(ids, (id) => updateIf(options, driftKey(project, id), marking, 'marking a drift'));
  },

  async history(project, ids) {
    const found = await itemsById<History>(
      options,
      ids.map((id) => historyKey(project, id)),
    );
    const live = [...found].filter(([, item]) => isLive(options, item));
    return new Map(live.map(([id, item]) => [id, historyOf(item, options.clock.now())]));
  },

  async recordAttempt(project, chunk_id, outcome, at) {
    const key = historyKey(project, chunk_id);
    const seen = await itemsById<History>(options, [key]);
    const next = (known: History = NO_HISTORY) => withAttempt(known, outcome, at);
    return historyOf(await revise(options, key, seen.get(chunk_id), next), options.clock.now());
  },

  async drop(project) {
    const keys = DIGITS.flatMap((digit) => [driftKey(project, digit), historyKey(project, digit)]);
    for (const { pk } of keys) await deleteItems(options, await keysIn(options, pk), 'dropping drifts');
  },
});

/**
 * What is known of a chunk after it has been seen to differ. A sighting that is older than the last one, or than the
 * chunk's repair, comes late and changes nothing.
 */
const sightedAgain = (known: Drift | undefined, item: DriftItem): Drift => {
  if (known === undefined) return item;
  if (isEnded(known.status)) return item.last_seen < (known.ended_at ?? '') ? known : item;
  if (item.last_seen < known.last_seen) return known;
  const { first_seen } = known;
  const { scan_id, depth, last_seen } = item;
  const isStillParked = known.status === 'parked' && known.evidence === item.evidence;
  return isStillParked ? { ...known, scan_id, depth, last_seen } : { ...item, first_seen };
};

const withAttempt = (known: History, outcome: 'failed' | 'repaired', at: string): History => {
  const last = Date.parse([known.last_attempt_at ?? at, at].sort().at(-1) ?? at);
  const repaired = [...known.repaired_at, ...(outcome === 'repaired' ? [at] : [])].sort();
  return {
    attempts: outcome === 'failed' ? known.attempts + 1 : 0,
    last_attempt_at: new Date(last).toISOString(),
    repaired_at: ofTheDayBefore(last, repaired).slice(-REPAIRS_KEPT),
    expires_at: seconds(last + KEPT_MS),
  };
};
const ofTheDayBefore = (ms: number, times: string[]) =>
  times.filter((time) => Date.parse(time) > ms - DAY_MS);

const driftOf = (item: Stored<Drift>): DriftItem => {
  const { pk, sk, revision, write_token, expires_at, ended_at, ...drift } = item;
  return drift;
};
const historyOf = ({ attempts, last_attempt_at, repaired_at }: History, now: number): RepairHistory => ({
  attempts,
  last_attempt_at,
  repaired_at: ofTheDayBefore(now, repaired_at),
});

const isLive = ({ clock }: StateHandle, { expires_at = Number.POSITIVE_INFINITY }: { expires_at?: number }) =>
  expires_at > clock.now() / 1000;

const itemsById = async <Value extends Drift | History>(options: StateHandle, keys: Key[]) => {
  const distinct = new Map(keys.map((key) => [key.sk, key]));
  const items = await getItems<Stored<Value>>(options, [...distinct.values()], 'reading drifts');
  return new Map(items.map((item) => [item.sk, item]));
};

const REVISIONS_MAX = 10;

/** Replaces an item by what `next` makes of it. Whoever came in between is read, and `next` asked again. */
const revise = async <Value extends Drift | History>(
  options: StateHandle,
  key: Key,
  seen: Stored<Value> | undefined,
  next: (known: Value | undefined) => Value,
): Promise<Value> => {
  let stored = seen;
  for (let attempt = 0; attempt < REVISIONS_MAX; attempt++) {
    const known = stored && isLive(options, stored) ? stored : undefined;
    const value = next(known);
    if (value === known) return value;
    const write_token = randomUUID();
    const item = { ...value, ...key, revision: (stored?.revision ?? 0) + 1, write_token };
    if (await replace(options, item, stored?.revision)) return value;
    stored = (await itemsById<Value>(options, [key])).get(key.sk);
    // A refusal may be our own change: the client repeats a request whose answer was lost.
    if (stored?.write_token === write_token) return value;
  }
  throw new ConflictError(`chunk ${key.sk} changes faster than it can be recorded`, 'contended');
};

const replace = ({ client, tableName }: StateHandle, Item: Key, revision: number | undefined) => {
  const ConditionExpression = revision === undefined ? 'attribute_not_exists(pk)' : 'revision = :revision';
  const values = revision === undefined ? {} : { ExpressionAttributeValues: { ':revision': revision } };
  const put = new PutCommand({ TableName: tableName, Item, ConditionExpression, ...values });
  return conditionally('recording a drift', () => client.send(put));
};

const markingAs = ({ status, reason, action }: Parameters<Drifts['mark']>[2], now: number) => {
  const ending = { ended_at: new Date(now).toISOString(), expires_at: seconds(now + KEPT_MS) };
  const set = { status, reason, action, ...(isEnded(status) && ending) };
  const given = Object.entries(set).filter(([, value]) => value !== undefined);
  const gone = [...(reason ? [] : ['#reason']), ...(isEnded(status) ? [] : ['#ended_at', '#expires_at'])];
  return {
    update: `SET ${given.map(([name]) => `#${name} = :${name}`)} ${gone.length ? `REMOVE ${gone}` : ''} ADD revision :one`,
    conditions: ['attribute_exists(pk)', notExpired],
    values: Object.fromEntries([
      ...given.map(([name, value]) => [`:${name}`, value]),
      [':one', 1],
      [':seconds', now / 1000],
    ]),
  };
};

const FILTERED_PAGE = 1000;

async function* driftsAfter(
  options: StateHandle,
  project: string,
  filter: Parameters<Drifts['list']>[1],
  after: string,
  atLeast: number,
) {
  const wanted = Object.entries(filter).filter(([, value]) => value !== undefined);
  const conditions = [notExpired, ...wanted.map(([name]) => `#${name} = :${name}`)];
  const first = digitOf(after);
  for (const digit of DIGITS.filter((one) => one >= first)) {
    const isFrom = digit === first && after !== '';
    const query = {
      KeyConditionExpression: isFrom ? 'pk = :pk AND sk > :after' : 'pk = :pk',
      FilterExpression: conditions.map((one) => `(${one})`).join(' AND '),
      ...namesIn(...conditions),
      ExpressionAttributeValues: {
        ':pk': driftKey(project, digit).pk,
        ':seconds': options.clock.now() / 1000,
        ...(isFrom && { ':after': after }),
        ...Object.fromEntries(wanted.map(([name, value]) => [`:${name}`, value])),
      },
      ConsistentRead: true,
      Limit: wanted.length > 0 ? Math.max(FILTERED_PAGE, atLeast) : atLeast,
    };
    for await (const { items } of queryPages<Stored<Drift>>(options, query, 'listing drifts')) yield* items;
  }
}

const eachOf = async <Item>(items: Item[], work: (item: Item) => Promise<unknown>) => {
  for (let i = 0; i < items.length; i += WRITES_AT_ONCE)
    await Promise.all(items.slice(i, i + WRITES_AT_ONCE).map(work));
};

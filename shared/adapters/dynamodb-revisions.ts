// Items that many change at once: each change is of what was read, and made again if another came in between.

import { randomUUID } from 'node:crypto';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { ConflictError } from '../errors.ts';
import { getItems } from './dynamodb-batch.ts';
import { conditionally, type Key, type StateHandle } from './dynamodb-state.ts';

/** A value as it is stored: each change raises `revision`, and is refused if another came in between. */
export type Stored<Value> = Value & Key & { revision: number; write_token: string };
type Expiring = object & { expires_at?: number };

const isLive = ({ clock }: StateHandle, item: Expiring) =>
  item.expires_at === undefined || item.expires_at > clock.now() / 1000;

const nameOf = ({ pk, sk }: Key) => `${pk} ${sk}`;
export const itemsAt = async <Value>(options: StateHandle, keys: Key[]) => {
  const distinct = new Map(keys.map((key) => [nameOf(key), key]));
  const items = await getItems<Stored<Value>>(options, [...distinct.values()], 'reading items');
  return new Map(items.map((item) => [nameOf(item), item]));
};
export const liveItems = async <Value extends Expiring>(options: StateHandle, keys: Key[]) =>
  [...(await itemsAt<Value>(options, keys)).values()].filter((item) => isLive(options, item));

const REVISIONS_MAX = 10;

/** Replaces an item by what `next` makes of it. Whoever came in between is read, and `next` asked again. */
export const revise = async <Value extends Expiring>(
  options: StateHandle,
  key: Key,
  seen: Map<string, Stored<Value>>,
  next: (known: Value | undefined) => Value | undefined,
  indexedBy: (value: Value | undefined) => object = () => ({}),
): Promise<Value | undefined> => {
  let stored = seen.get(nameOf(key));
  for (let attempt = 0; attempt < REVISIONS_MAX; attempt++) {
    const known = stored && isLive(options, stored) ? stored : undefined;
    const value = next(known);
    if (value === known) return value;
    const write_token = randomUUID();
    const item = {
      ...value,
      ...key,
      ...indexedBy(value),
      revision: (stored?.revision ?? 0) + 1,
      write_token,
    };
    if (await replace(options, item, stored?.revision)) return value;
    stored = (await itemsAt<Value>(options, [key])).get(nameOf(key));
    // A refusal may be our own change: the client repeats a request whose answer was lost.
    if (stored?.write_token === write_token) return value;
  }
  throw new ConflictError(`chunk ${key.sk} changes faster than it can be recorded`, 'contended');
};

const replace = ({ client, tableName }: StateHandle, Item: Key, revision = 0) => {
  const ConditionExpression = revision === 0 ? 'attribute_not_exists(pk)' : 'revision = :revision';
  const values = revision === 0 ? {} : { ExpressionAttributeValues: { ':revision': revision } };
  const put = new PutCommand({ TableName: tableName, Item, ConditionExpression, ...values });
  return conditionally('changing an item', () => client.send(put));
};

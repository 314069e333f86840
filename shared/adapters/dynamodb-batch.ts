import { BatchGetCommand, BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import { UnavailableError } from '../errors.ts';
import { requesting } from './dynamodb-client.ts';
import type { Key, StateHandle } from './dynamodb-state.ts';

const GETS_PER_REQUEST = 100;
const WRITES_PER_REQUEST = 25;
const REQUESTS_AT_ONCE = 8;

/** `eventual` costs half, and may not know yet what was written a moment ago. */
type Consistency = 'strong' | 'eventual';

/** The items that are there of these distinct keys, in no order. */
export const getItems = async <Item>(
  table: StateHandle,
  keys: Key[],
  subject: string,
  consistency: Consistency = 'strong',
): Promise<Item[]> => {
  const ConsistentRead = consistency === 'strong';
  const found: Item[] = [];
  await inBatches(keys, GETS_PER_REQUEST, (batch) =>
    untilNoneIsLeft(table, batch, subject, async (wanted) => {
      const RequestItems = { [table.tableName]: { Keys: wanted.map(keyOf), ConsistentRead } };
      const command = new BatchGetCommand({ RequestItems });
      const page = await requesting('state', subject, () => table.client.send(command));
      found.push(...((page.Responses?.[table.tableName] ?? []) as Item[]));
      return (page.UnprocessedKeys?.[table.tableName]?.Keys ?? []) as Key[];
    }),
  );
  return found;
};

/** Deletes items whatever they hold: only for what nothing names any more. */
export const deleteItems = (table: StateHandle, keys: Key[], subject: string): Promise<void> =>
  inBatches(keys, WRITES_PER_REQUEST, (batch) =>
    untilNoneIsLeft(table, batch, subject, async (wanted) => {
      const requests = wanted.map((key) => ({ DeleteRequest: { Key: keyOf(key) } }));
      const command = new BatchWriteCommand({ RequestItems: { [table.tableName]: requests } });
      const page = await requesting('state', subject, () => table.client.send(command));
      return (page.UnprocessedItems?.[table.tableName] ?? []).map((one) => one.DeleteRequest?.Key as Key);
    }),
  );

/** Puts items over whatever stands under their keys. */
export const putItems = (table: StateHandle, items: Key[], subject: string): Promise<void> =>
  inBatches(items, WRITES_PER_REQUEST, (batch) =>
    untilNoneIsLeft(table, batch, subject, async (wanted) => {
      const requests = wanted.map((Item) => ({ PutRequest: { Item } }));
      const command = new BatchWriteCommand({ RequestItems: { [table.tableName]: requests } });
      const page = await requesting('state', subject, () => table.client.send(command));
      return (page.UnprocessedItems?.[table.tableName] ?? []).map((one) => one.PutRequest?.Item as Key);
    }),
  );

const keyOf = ({ pk, sk }: Key): Key => ({ pk, sk });

const inBatches = async (keys: Key[], size: number, work: (batch: Key[]) => Promise<void>) => {
  const batches = Array.from({ length: Math.ceil(keys.length / size) }, (_, i) =>
    keys.slice(i * size, (i + 1) * size),
  );
  for (let i = 0; i < batches.length; i += REQUESTS_AT_ONCE)
    await Promise.all(batches.slice(i, i + REQUESTS_AT_ONCE).map(work));
};

const FRUITLESS_ROUNDS = 6;
const FIRST_WAIT_MS = 50;

/** Whatever a batch leaves over is asked for again, at once where something came (the answer was full), else later. */
const untilNoneIsLeft = async (
  { clock }: StateHandle,
  keys: Key[],
  subject: string,
  round: (keys: Key[]) => Promise<Key[]>,
) => {
  let left = keys;
  for (let fruitless = 0; left.length > 0; ) {
    const rest = await round(left);
    fruitless = rest.length < left.length ? 0 : fruitless + 1;
    if (fruitless === FRUITLESS_ROUNDS)
      throw new UnavailableError('state', 'throttled', `${subject} is throttled`);
    if (fruitless > 0) await clock.sleep(FIRST_WAIT_MS * 2 ** (fruitless - 1) * (0.5 + Math.random() / 2));
    left = rest;
  }
};

const AT_ONCE = 25;
/** In parallel, but not all at once. */
export const eachOf = async <Item>(items: Item[], work: (item: Item) => Promise<unknown>) => {
  for (let i = 0; i < items.length; i += AT_ONCE) await Promise.all(items.slice(i, i + AT_ONCE).map(work));
};

import { PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deleteItems, getItems } from '../../shared/adapters/dynamodb-batch.ts';
import type { Key, StateHandle } from '../../shared/adapters/dynamodb-state.ts';
import { leavingOver } from './interfering.ts';
import { type FreshTables, freshTables } from './tables.ts';

const KEYS = Array.from({ length: 130 }, (_, n): Key => ({ pk: 'batch', sk: `${n}` }));

let tables: FreshTables;
let waits: number[];
beforeEach(async () => {
  tables = await freshTables();
  waits = [];
  const { client, tableName } = tables.state;
  await Promise.all(KEYS.map((Item) => client.send(new PutCommand({ TableName: tableName, Item }))));
});
afterEach(() => tables.stop());

const clock = { now: () => 0, sleep: async (ms: number) => void waits.push(ms) };
/** The table, whose answers leave so much of each batch over. */
const table = (share: number): StateHandle => ({ ...leavingOver(tables.state, share), clock });
const standing = async () => {
  const { Count } = await tables.client.send(new ScanCommand({ TableName: tables.state.tableName }));
  return Count;
};

describe('what an answer to a batch leaves over', () => {
  it('is asked for again, until all of it has come', async () => {
    expect(await getItems(table(0.7), KEYS, 'reading')).toHaveLength(KEYS.length);

    await deleteItems(table(0.7), KEYS, 'removing');
    expect(await standing()).toBe(0);
  });

  it('is given up where nothing comes any more, after waits that grow, with jitter', async () => {
    const reading = getItems(table(1), KEYS.slice(0, 1), 'reading');
    await expect(reading).rejects.toMatchObject({ code: 'unavailable', kind: 'throttled' });

    expect(waits).toHaveLength(5);
    for (const [round, ms] of waits.entries()) {
      expect(ms).toBeGreaterThanOrEqual(25 * 2 ** round);
      expect(ms).toBeLessThanOrEqual(50 * 2 ** round);
    }
  });

  it('is not said to be gone when it is not', async () => {
    await expect(deleteItems(table(1), KEYS, 'removing')).rejects.toMatchObject({ kind: 'throttled' });
    expect(await standing()).toBe(KEYS.length);
  });
});

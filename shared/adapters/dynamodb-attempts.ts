import { createHash } from 'node:crypto';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { ChunkId } from '../domain/chunk.ts';
import { padded } from '../domain/event.ts';
import { type Attempt, NO_HISTORY, type RepairHistory } from '../domain/project.ts';
import type { Drifts } from '../ports.ts';
import { deleteItems } from './dynamodb-batch.ts';
import { requesting } from './dynamodb-client.ts';
import { DIGITS } from './dynamodb-digits.ts';
import { type Key, keysIn, queryPages, type StateHandle } from './dynamodb-state.ts';
import { packJson, unpackJson } from './packed-json.ts';

interface AttemptItem extends Key {
  at: string;
  chunks: Uint8Array;
  expires_at: number;
}
type Chunks = Pick<Attempt, 'tried' | 'repaired'>;

const DAY_MS = 86_400_000;
const KEPT_MS = 30 * DAY_MS;
const REPAIRS_KEPT = 10;

const partition = (project: string, digit: string) => `attempts#${project}#${digit}`;
const digestOf = (file_path: string) => createHash('sha256').update(file_path).digest('hex').slice(0, 32);
/** A digest in place of the path, so that a document's attempts begin alike and no other's do. */
const placeOf = (project: string, file_path: string): Key => {
  const digest = digestOf(file_path);
  return { pk: partition(project, digest[0] ?? '0'), sk: `${digest}#` };
};

/** What has been tried: an item an operation, however many chunks it was for, since one item a chunk is most of a repair's cost. */
export const dynamoAttempts = (
  table: StateHandle,
): Pick<Drifts, 'history' | 'recordAttempt'> & { dropAttempts(project: string): Promise<void> } => ({
  async recordAttempt({ project, file_path, version, at, tried, repaired }) {
    const { pk, sk } = placeOf(project, file_path);
    const chunks = await packJson({ tried, repaired } satisfies Chunks);
    const expires_at = Math.floor((Date.parse(at) + KEPT_MS) / 1000);
    const Item: AttemptItem = { pk, sk: sk + padded(version), at, chunks, expires_at };
    // Unconditional: the key is the operation's own, and it tells its end after its beginning.
    const put = new PutCommand({ TableName: table.tableName, Item });
    await requesting('state', 'recording an attempt', () => table.client.send(put));
  },

  async history(project, file_path, ids) {
    const histories = new Map<ChunkId, RepairHistory>();
    const wanted = new Set(ids);
    for await (const { at, tried, repaired } of attemptsOn(table, placeOf(project, file_path)))
      for (const id of tried)
        if (wanted.has(id))
          histories.set(id, after(histories.get(id) ?? NO_HISTORY, at, repaired.includes(id)));
    const now = table.clock.now();
    return new Map([...histories].map(([id, history]) => [id, ofADay(history, now)]));
  },

  async dropAttempts(project) {
    for (const digit of DIGITS)
      await deleteItems(table, await keysIn(table, partition(project, digit)), 'dropping attempts');
  },
});

/** Of one document, in order of version. */
async function* attemptsOn(table: StateHandle, { pk, sk }: Key): AsyncGenerator<Chunks & { at: string }> {
  const query = {
    KeyConditionExpression: 'pk = :pk AND begins_with(sk, :document)',
    FilterExpression: 'expires_at > :seconds',
    ExpressionAttributeValues: { ':pk': pk, ':document': sk, ':seconds': table.clock.now() / 1000 },
    ConsistentRead: true,
  };
  for await (const { items } of queryPages<AttemptItem>(table, query, 'reading attempts'))
    for (const { at, chunks } of items) yield { at, ...(await unpackJson<Chunks>(chunks)) };
}

const after = (known: RepairHistory, at: string, isRepaired: boolean): RepairHistory => ({
  attempts: isRepaired ? 0 : known.attempts + 1,
  last_attempt_at: at,
  repaired_at: isRepaired ? [...known.repaired_at, at] : known.repaired_at,
});

const ofADay = (history: RepairHistory, now: number): RepairHistory => ({
  ...history,
  repaired_at: history.repaired_at.filter((at) => Date.parse(at) > now - DAY_MS).slice(-REPAIRS_KEPT),
});

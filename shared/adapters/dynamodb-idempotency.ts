import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { UnavailableError } from '../errors.ts';
import type { Claim, Idempotency, KeptAnswer } from '../ports.ts';
import { type BlobRef, readBlobs, storeBlob } from './dynamodb-blobs.ts';
import { conditionally, getItem, type Key, namesIn, type StateHandle, updateIf } from './dynamodb-state.ts';
import { packJson, unpackJson } from './packed-json.ts';

interface ClaimItem extends Key {
  fingerprint: string;
  owner: string;
  deadline: string;
  /** Where the answer is, once there is one: answers of large documents are larger than an item. */
  answer?: BlobRef;
  /** Epoch seconds. */
  expires_at: number;
}

const claimKey = (key: string): Key => ({ pk: `idempotency#${key}`, sk: 'claim' });
const answerPlace = (key: string) => ({ pk: claimKey(key).pk, name: 'answer' });
const KEPT_SECONDS = 86_400;

const isFree = 'attribute_not_exists(pk)';
const isExpired = '#expires_at <= :seconds';
const isUnanswered = 'attribute_not_exists(answer)';
const isSameRequest = '#fingerprint = :fingerprint';
const isPastItsDeadline = '#deadline < :now';
const isDead = `${isUnanswered} AND ${isSameRequest} AND ${isPastItsDeadline}`;
const isOurs = '#owner = :owner';

/** Whoever held a key may have let it go between our refused attempt and our look at it. */
const ATTEMPTS = 3;

/** Idempotency keys in the State table: one conditional put takes a key, whoever is late reads who has it. */
export const dynamoIdempotency = (table: StateHandle): Idempotency => ({
  async claim(key, fingerprint, owner, deadline) {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const item = { ...claimKey(key), fingerprint, owner, deadline, expires_at: expiry(table) };
      if (await take(table, item)) return { outcome: 'claimed' };
      const standing = await getItem<ClaimItem>(table, claimKey(key), 'reading an idempotency key');
      if (standing && standing.expires_at > seconds(table)) return await claimOn(table, key, standing, item);
    }
    throw new UnavailableError('state', 'partial', 'an idempotency key was neither taken nor found');
  },

  async keep(key, owner, answer) {
    const expires_at = expiry(table);
    const ref = await storeBlob(table, answerPlace(key), await packJson(answer), expires_at);
    const keeping = {
      update: 'SET answer = :answer, #expires_at = :expires_at',
      conditions: [isOurs, isUnanswered],
      values: { ':answer': ref, ':expires_at': expires_at, ':owner': owner },
    };
    await updateIf(table, claimKey(key), keeping, 'keeping an answer');
  },

  async release(key, owner) {
    const command = new DeleteCommand({
      TableName: table.tableName,
      Key: claimKey(key),
      ConditionExpression: `${isOurs} AND ${isUnanswered}`,
      ...namesIn(isOurs),
      ExpressionAttributeValues: { ':owner': owner },
    });
    await conditionally('releasing an idempotency key', () => table.client.send(command));
  },
});

const seconds = ({ clock }: StateHandle) => Math.floor(clock.now() / 1000);
const expiry = (table: StateHandle) => seconds(table) + KEPT_SECONDS;

const take = (table: StateHandle, item: ClaimItem) => {
  const conditions = [isFree, isExpired, `(${isDead})`].join(' OR ');
  const put = new PutCommand({
    TableName: table.tableName,
    Item: item,
    ConditionExpression: conditions,
    ...namesIn(conditions),
    ExpressionAttributeValues: {
      ':seconds': seconds(table),
      ':fingerprint': item.fingerprint,
      ':now': new Date(table.clock.now()).toISOString(),
    },
  });
  return conditionally('taking an idempotency key', () => table.client.send(put));
};

/** What stands may be our own: the client repeats a request whose answer was lost. */
const claimOn = async (
  table: StateHandle,
  key: string,
  standing: ClaimItem,
  ours: ClaimItem,
): Promise<Claim> => {
  if (standing.owner === ours.owner) return { outcome: 'claimed' };
  if (standing.fingerprint !== ours.fingerprint) return { outcome: 'reused' };
  if (standing.answer === undefined) return { outcome: 'in_progress', until: standing.deadline };
  const [bytes] = await readBlobs(table, [{ ...answerPlace(key), ...standing.answer }]);
  if (!bytes) throw new UnavailableError('state', 'partial', 'a kept answer is not all there');
  return { outcome: 'answered', answer: await unpackJson<KeptAnswer>(bytes) };
};

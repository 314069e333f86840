// How many calls have failed within a breaker's window: in buckets of ten seconds, so that what is old falls out.

import { randomUUID } from 'node:crypto';
import type { BreakerLimits } from '../domain/breaker.ts';
import { type Key, queryPages, type StateHandle, updateIf } from './dynamodb-state.ts';

export interface WindowOptions extends StateHandle {
  limits: BreakerLimits;
}

const BUCKET_MS = 10_000;
const END_MS = 8.64e15;

/** Failures are counted by epoch, so that those that opened a breaker don't count again once it has closed. */
const windowKey = ({ pk, sk }: Key, epoch: number, ms: number): Key => ({
  pk: `${pk}#${sk}`,
  sk: `${String(epoch).padStart(10, '0')}#${String(Math.floor(ms / BUCKET_MS)).padStart(12, '0')}`,
});

/** Added to a set, not to a number: the client repeats a request whose answer was lost, and must not count twice. */
export const countFailure = async (options: WindowOptions, key: Key, epoch: number): Promise<number> => {
  const now = options.clock.now();
  const expires_at = Math.ceil((now + 2 * options.limits.window_ms) / 1000);
  const update = 'SET expires_at = :expires_at ADD failed_calls :call';
  const values = { ':call': new Set([randomUUID()]), ':expires_at': expires_at };
  await updateIf(options, windowKey(key, epoch, now), { update, conditions: [], values }, 'counting');
  return failuresIn(options, key, epoch);
};

/** What has left the window doesn't count, deleted or not; clocks that go fast count into later buckets. */
export const failuresIn = async (options: WindowOptions, key: Key, epoch: number): Promise<number> => {
  const { pk, sk: from } = windowKey(key, epoch, options.clock.now() - options.limits.window_ms);
  const query = {
    KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
    ExpressionAttributeValues: { ':pk': pk, ':from': from, ':to': windowKey(key, epoch, END_MS).sk },
    ConsistentRead: true,
  };
  type Window = { failed_calls: Set<string> };
  const pages = await Array.fromAsync(queryPages<Window>(options, query, 'counting failures'));
  return pages.flatMap(({ items }) => items).reduce((sum, item) => sum + item.failed_calls.size, 0);
};

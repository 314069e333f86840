import { randomUUID } from 'node:crypto';
import { fullPace, type Pace } from '../domain/pace.ts';
import type { Limits } from '../ports.ts';
import { getItem, type Key, type StateHandle, updateIf } from './dynamodb-state.ts';

interface BudgetItem extends Key {
  taken: number;
  ends_at: number;
  expires_at: number;
}
/** What may be taken from one item, until when; `now` and `endsAt` in epoch milliseconds. */
interface Budget {
  key: Key;
  most: number;
  endsAt: number;
  now: number;
}

interface PaceItem extends Key {
  pace: Pace;
  revision: number;
  expires_at: number;
}

const MINUTE_MS = 60_000;
const minuteKey = (project: string, minute: number): Key => ({
  pk: `limit#minute#${project}`,
  sk: `${minute}`,
});
const budgetKey = (budget: string): Key => ({ pk: `limit#budget#${budget}`, sk: 'budget' });

const paceKey = (project: string): Key => ({ pk: `limit#pace#${project}`, sk: 'pace' });

const KEPT_SECONDS = 3600;
/** What a store was like a week ago says nothing. */
const PACE_KEPT_HOURS = 7 * 24;
const TRIES_MAX = 8;

/**
 * Budgets as counters that are only raised where there is room. A request whose answer is lost is repeated by the
 * client and then takes twice: too little is repaired, never too much.
 */
export const dynamoLimits = (table: StateHandle): Limits => ({
  takeFromMinute(project, wanted, perMinute, now) {
    const minute = Math.floor(now / MINUTE_MS);
    const key = minuteKey(project, minute);
    return take(table, { key, most: perMinute, endsAt: (minute + 1) * MINUTE_MS, now }, wanted);
  },

  takeFromBudget(budget, wanted, most, expiresAt) {
    return take(table, { key: budgetKey(budget), most, endsAt: expiresAt, now: table.clock.now() }, wanted);
  },

  giveBackToMinute: (project, count, now) =>
    giveBack(table, minuteKey(project, Math.floor(now / MINUTE_MS)), count),

  giveBack: (budget, count) => giveBack(table, budgetKey(budget), count),

  async pace(project) {
    const item = await getItem<PaceItem>(table, paceKey(project), 'reading the pace');
    const now = table.clock.now();
    const isKept = item !== undefined && item.expires_at > now / 1000;
    return { pace: isKept ? item.pace : fullPace(now), revision: item?.revision ?? 0 };
  },

  async keepPace(project, pace, revision) {
    const step = {
      update: 'SET pace = :pace, revision = :next, expires_at = :expires_at',
      conditions: [revision === 0 ? 'attribute_not_exists(pk)' : 'revision = :seen'],
      values: {
        ':pace': pace,
        ':next': revision + 1,
        ':expires_at': Math.ceil(table.clock.now() / 1000) + KEPT_SECONDS * PACE_KEPT_HOURS,
        ...(revision > 0 && { ':seen': revision }),
      },
    };
    return (await updateIf(table, paceKey(project), step, 'keeping the pace')) !== undefined;
  },
});

const isCurrent = 'ends_at > :now';
const isAbsentOrOver = 'attribute_not_exists(pk) OR ends_at <= :now';
/** Giving twice would let through more than the budget: the client's repetition of a request must not count. */
const isNotRepeated = 'attribute_not_exists(given_by) OR given_by <> :giver';

const giveBack = async (table: StateHandle, key: Key, count: number): Promise<void> => {
  if (count <= 0) return;
  const giving = {
    update: 'SET taken = taken - :count, given_by = :giver',
    conditions: [isCurrent, 'taken >= :count', isNotRepeated],
    values: { ':count': count, ':giver': randomUUID(), ':now': table.clock.now() },
  };
  await updateIf(table, key, giving, 'giving back to a budget');
};

/** As much of `wanted` as there is room for. Each refusal means that others took, so that trying ends. */
const take = async (table: StateHandle, budget: Budget, wanted: number): Promise<number> => {
  let count = Math.min(wanted, budget.most);
  for (let tried = 0; tried < TRIES_MAX && count > 0; tried++) {
    if (await updateIf(table, budget.key, raising(budget, count), 'taking from a budget')) return count;
    const item = await getItem<BudgetItem>(table, budget.key, 'reading a budget');
    const isOver = item === undefined || item.ends_at <= budget.now;
    if (isOver && (await updateIf(table, budget.key, opening(budget, count), 'opening a budget')))
      return count;
    if (!isOver) count = Math.min(count, budget.most - item.taken);
  }
  return 0;
};

const raising = ({ most, now }: Budget, count: number) => ({
  update: 'ADD taken :count',
  conditions: [isCurrent, 'taken <= :room'],
  values: { ':count': count, ':room': most - count, ':now': now },
});

const opening = ({ endsAt, now }: Budget, count: number) => ({
  update: 'SET taken = :count, ends_at = :ends_at, expires_at = :expires_at',
  conditions: [isAbsentOrOver],
  values: {
    ':count': count,
    ':ends_at': endsAt,
    ':expires_at': Math.ceil(endsAt / 1000) + KEPT_SECONDS,
    ':now': now,
  },
});

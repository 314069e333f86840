import { randomUUID } from 'node:crypto';
import type { BreakerDependency, BreakerLimits, BreakerOverride, Permit } from '../domain/breaker.ts';
import { BREAKER_DEPENDENCIES, BREAKER_LIMITS, type Breaker, type Transition } from '../domain/breaker.ts';
import type { Breakers } from '../ports.ts';
import { getItem, type Key, queryPages, type StateHandle, type Step, updateIf } from './dynamodb-state.ts';

export interface BreakersOptions extends StateHandle {
  limits?: BreakerLimits;
}
type Options = StateHandle & { limits: BreakerLimits };

/** What is not there is closed, in epoch 0, and not overridden. */
interface BreakerItem extends Key {
  state?: Breaker['state'];
  epoch?: number;
  override?: BreakerOverride;
  /** How many failures opened it. */
  failures?: number;
  open_until?: string;
  probe_owner?: string;
  probe_until?: string;
  transition_token?: string;
}
type Item = BreakerItem | undefined;

/** Clocks differ: nobody probes, or takes a probe over, until its time has passed by this much. */
const SKEW_MS = 1000;
const BUCKETS_PER_WINDOW = 6;

const breakerKey = (project: string, dependency: BreakerDependency): Key => ({
  pk: `breaker#${project}`,
  sk: dependency,
});
const timestamp = (ms: number) => new Date(ms).toISOString();

const isClosed = 'attribute_not_exists(#state) OR #state = :closed';
const isInSeenEpoch = 'attribute_not_exists(epoch) OR epoch = :seen';
const isNotOverridden = 'attribute_not_exists(#override) OR #override = :none';
const isDue = '#state = :open AND open_until <= :due';
const isAbandoned = '#state = :half_open AND probe_until < :due';
const isOurProbe = '#state = :half_open AND probe_owner = :owner AND epoch = :epoch';

/**
 * Circuit breakers that all callers share. Each transition is one conditional update that raises the epoch: of many
 * who try it one succeeds, and what is left of an earlier epoch changes nothing. An override freezes its breaker.
 */
export const dynamoBreakers = ({ limits = BREAKER_LIMITS, ...table }: BreakersOptions): Breakers => {
  const options = { ...table, limits };
  return {
    all: (project) =>
      Promise.all(
        BREAKER_DEPENDENCIES.map((dependency) => readBreaker(options, breakerKey(project, dependency))),
      ),

    async permit(project, dependency, caller) {
      const key = breakerKey(project, dependency);
      const item = await read(options, key);
      const answer =
        answerTo(options, dependency, item) ?? (await electProbe(options, key, dependency, caller));
      return answer;
    },

    async report(project, { dependency, probe }, outcome) {
      const key = breakerKey(project, dependency);
      if (probe && outcome === 'succeeded') return transit(options, key, closing(probe), 'circuit_closed');
      if (probe) return transit(options, key, reopening(options, probe), 'circuit_opened');
      const item = await read(options, key);
      if (outcome === 'succeeded' || !isCounting(item)) return { epoch: epochOf(item) };
      const failures = await countFailure(options, key, epochOf(item));
      if (failures < limits.failures_to_open) return { epoch: epochOf(item) };
      return transit(options, key, tripping(options, epochOf(item), failures), 'circuit_opened');
    },

    async override(project, dependency, override) {
      const key = breakerKey(project, dependency);
      const step = { update: 'SET #override = :override', conditions: [], values: { ':override': override } };
      await updateIf(options, key, step, 'overriding a breaker');
      return readBreaker(options, key);
    },
  };
};

const read = (options: Options, key: Key) => getItem<BreakerItem>(options, key, 'reading a breaker');
const epochOf = (item: Item) => item?.epoch ?? 0;
const overrideOf = (item: Item) => item?.override ?? 'none';
const stateOf = (item: Item) => item?.state ?? 'closed';
const isCounting = (item: Item) => overrideOf(item) === 'none' && stateOf(item) === 'closed';

const readBreaker = async (options: Options, key: Key): Promise<Breaker> => {
  const item = await read(options, key);
  const { open_until = '', probe_owner = '', probe_until = '' } = item ?? {};
  const state = stateOf(item);
  return {
    dependency: key.sk as BreakerDependency,
    epoch: epochOf(item),
    failures: state === 'closed' ? await failuresIn(options, key, epochOf(item)) : (item?.failures ?? 0),
    override: overrideOf(item),
    ...(state === 'closed' && { state }),
    ...(state === 'open' && { state, open_until }),
    ...(state === 'half_open' && { state, probe_owner, probe_until }),
  } as Breaker;
};

/** The answer of a breaker as it stands; `undefined`: its time has come, and one caller may probe. */
const answerTo = ({ clock, limits }: Options, dependency: BreakerDependency, item: Item) => {
  const override = overrideOf(item);
  const state = stateOf(item);
  if (override === 'open') return refusal(dependency, item, clock.now() + limits.open_ms);
  if (override === 'closed' || state === 'closed')
    return { permit: { allowed: true as const, dependency }, epoch: epochOf(item) };
  const due = state === 'open' ? Date.parse(item?.open_until ?? '') : Date.parse(item?.probe_until ?? '') + 1;
  return due + SKEW_MS <= clock.now() ? undefined : refusal(dependency, item, due + SKEW_MS);
};

const refusal = (dependency: BreakerDependency, item: Item, retryAt: number) => {
  const permit = { allowed: false as const, dependency, retry_at: timestamp(retryAt) };
  return { permit, epoch: epochOf(item) };
};

/** Of all who come when the time has come, the update lets one through; the others find its probe under way. */
const electProbe = async (
  options: Options,
  key: Key,
  dependency: BreakerDependency,
  owner: string,
): ReturnType<Breakers['permit']> => {
  const { item, isMade } = await move(options, key, electing(options, owner));
  if (!isMade) return answerTo(options, dependency, item) ?? refusal(dependency, item, options.clock.now());
  const epoch = epochOf(item);
  return {
    permit: { allowed: true, dependency, probe: { owner, epoch } },
    transition: 'circuit_half_open',
    epoch,
  };
};

/** Makes a transition, or reads what stood in its way. A refusal may be our own one, if its answer was lost. */
const move = async (options: Options, key: Key, { update, conditions, values }: Step) => {
  const token = randomUUID();
  const step = {
    update: `${update} ADD epoch :one`,
    conditions,
    values: { ...values, ':token': token, ':one': 1 },
  };
  const item =
    (await updateIf<BreakerItem>(options, key, step, 'changing a breaker')) ?? (await read(options, key));
  return { item, isMade: item?.transition_token === token };
};

const transit = async (options: Options, key: Key, step: Step, transition: Transition) => {
  const { item, isMade } = await move(options, key, step);
  return { ...(isMade && { transition }), epoch: epochOf(item) };
};

const electing = ({ clock, limits }: Options, owner: string): Step => ({
  update:
    'SET #state = :half_open, probe_owner = :owner, probe_until = :until, transition_token = :token REMOVE open_until',
  conditions: [`(${isDue}) OR (${isAbandoned})`, isNotOverridden],
  values: {
    ...{ ':open': 'open', ':half_open': 'half_open', ':none': 'none', ':owner': owner },
    ...{ ':until': timestamp(clock.now() + limits.probe_lease_ms), ':due': timestamp(clock.now() - SKEW_MS) },
  },
});

type Probe = { owner: string; epoch: number };
const probing = ({ owner, epoch }: Probe) => ({
  ':half_open': 'half_open',
  ':owner': owner,
  ':epoch': epoch,
});

const closing = (probe: Probe): Step => ({
  update:
    'SET #state = :closed, transition_token = :token REMOVE open_until, probe_owner, probe_until, failures',
  conditions: [isOurProbe],
  values: { ...probing(probe), ':closed': 'closed' },
});

const OPEN = '#state = :open, open_until = :until, transition_token = :token';
const opening = ({ clock, limits }: Options) => ({
  ':open': 'open',
  ':until': timestamp(clock.now() + limits.open_ms),
});

const reopening = (options: Options, probe: Probe): Step => ({
  update: `SET ${OPEN} REMOVE probe_owner, probe_until`,
  conditions: [isOurProbe],
  values: { ...probing(probe), ...opening(options) },
});

const tripping = (options: Options, seen: number, failures: number): Step => ({
  update: `SET ${OPEN}, failures = :failures`,
  conditions: [isClosed, isInSeenEpoch, isNotOverridden],
  values: { ...opening(options), ':closed': 'closed', ':none': 'none', ':seen': seen, ':failures': failures },
});

/** Failures are counted by epoch, so that those that opened a breaker don't count again once it has closed. */
const windowKey = ({ pk, sk }: Key, epoch: number, bucket: number | '~'): Key => ({
  pk: `${pk}#${sk}`,
  sk: `${String(epoch).padStart(10, '0')}#${String(bucket).padStart(12, '0')}`,
});
const bucketOf = ({ limits }: Options, ms: number) =>
  Math.floor((ms * BUCKETS_PER_WINDOW) / limits.window_ms);

const countFailure = async (options: Options, key: Key, epoch: number): Promise<number> => {
  const now = options.clock.now();
  const counting = {
    update: 'SET expires_at = :expires_at ADD failures :one',
    conditions: [],
    values: { ':one': 1, ':expires_at': Math.ceil((now + 2 * options.limits.window_ms) / 1000) },
  };
  await updateIf(options, windowKey(key, epoch, bucketOf(options, now)), counting, 'counting a failure');
  return failuresIn(options, key, epoch);
};

/** No upper bound: clocks that go fast count into later buckets. */
const failuresIn = async (options: Options, key: Key, epoch: number): Promise<number> => {
  const from = bucketOf(options, options.clock.now() - options.limits.window_ms);
  const query = {
    KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
    ExpressionAttributeValues: {
      ':pk': windowKey(key, epoch, from).pk,
      ':from': windowKey(key, epoch, from).sk,
      ':to': `${windowKey(key, epoch, from).sk.split('#')[0]}#~`,
    },
    ConsistentRead: true,
  };
  let failures = 0;
  for await (const { items } of queryPages<{ failures: number }>(options, query, 'counting failures'))
    for (const item of items) failures += item.failures;
  return failures;
};

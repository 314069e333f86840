import { randomUUID } from 'node:crypto';
import type { BreakerDependency, BreakerLimits, BreakerOverride } from '../domain/breaker.ts';
import { BREAKER_DEPENDENCIES, BREAKER_LIMITS, type Breaker, type Transition } from '../domain/breaker.ts';
import type { Breakers } from '../ports.ts';
import { countFailure, failuresIn } from './dynamodb-breaker-window.ts';
import { getItem, type Key, type StateHandle, updateIf } from './dynamodb-state.ts';

export interface BreakersOptions extends StateHandle {
  limits?: BreakerLimits;
}
type Options = Required<BreakersOptions>;

/** What a state means, and nothing else: a transition removes what it does not set. */
interface Standing {
  state: Breaker['state'];
  open_until?: string;
  /** Kept from the first opening until it closes. */
  open_since?: string;
  probe_owner?: string;
  probe_until?: string;
  /** How many failures opened it. */
  failures?: number;
}
interface BreakerItem extends Standing, Key {
  epoch: number;
  override: BreakerOverride;
  overridden_at?: string;
  transition_token?: string;
}
interface Move {
  to: Standing;
  conditions: string[];
  values: Record<string, unknown>;
}

/** Clocks differ: nobody probes, or takes a probe over, until its time has passed by this much. */
const SKEW_MS = 1000;

const isClosed = 'attribute_not_exists(#state) OR #state = :closed';
const isInSeenEpoch = 'attribute_not_exists(epoch) OR epoch = :seen';
const isNotOverridden = 'attribute_not_exists(#override) OR #override = :none';
const isDue = '#state = :open AND open_until <= :due';
const isAbandoned = '#state = :half_open AND probe_until < :due';
const isOurProbe = '#state = :half_open AND #probe_owner = :owner AND epoch = :epoch';

/**
 * Circuit breakers that all callers share. Each transition is one conditional update that raises the epoch: of many
 * who try it one succeeds, and what is left of an earlier epoch changes nothing. An override freezes its breaker.
 */
export const dynamoBreakers = ({ limits = BREAKER_LIMITS, ...table }: BreakersOptions): Breakers => {
  const options = { ...table, limits };
  return {
    all: (project) => Promise.all(BREAKER_DEPENDENCIES.map((one) => breakerOf(options, keyOf(project, one)))),

    async permit(project, dependency, caller) {
      const key = keyOf(project, dependency);
      const item = await read(options, key);
      return answerTo(options, item) ?? (await electProbe(options, key, caller));
    },

    async report(project, { dependency, probe }, outcome) {
      const key = keyOf(project, dependency);
      if (probe && outcome === 'succeeded')
        return transit(options, key, ending(probe, { state: 'closed' }), 'circuit_closed');
      if (probe)
        return transit(options, key, ending(probe, { ...open(options), failures: 1 }), 'circuit_opened');
      const { state, override, epoch } = await read(options, key);
      if (outcome === 'succeeded' || state !== 'closed' || override !== 'none') return { epoch };
      const failures = await countFailure(options, key, epoch);
      if (failures < limits.failures_to_open) return { epoch };
      return transit(options, key, tripping(options, epoch, failures), 'circuit_opened');
    },

    async override(project, dependency, override) {
      const values = { ':override': override, ':now': timestamp(options.clock.now()) };
      const step = { update: 'SET #override = :override, overridden_at = :now', conditions: [], values };
      await updateIf(options, keyOf(project, dependency), step, 'overriding a breaker');
      return breakerOf(options, keyOf(project, dependency));
    },
  };
};

const keyOf = (project: string, dependency: string): Key => ({ pk: `breaker#${project}`, sk: dependency });
const timestamp = (ms: number) => new Date(ms).toISOString();

/** A breaker that has never moved has no item, or only its override. */
const standing = (key: Key, item: Partial<BreakerItem> | undefined): BreakerItem => {
  return { state: 'closed', epoch: 0, override: 'none', ...item, ...key };
};
const read = async (options: Options, key: Key) =>
  standing(key, await getItem<BreakerItem>(options, key, 'reading a breaker'));

const breakerOf = async (options: Options, key: Key): Promise<Breaker> => {
  const { pk, sk, transition_token, overridden_at, failures = 0, ...item } = await read(options, key);
  const counted = item.state === 'closed' ? await failuresIn(options, key, item.epoch) : failures;
  const held = item.override === 'open' ? { held_open_since: overridden_at } : {};
  return { ...item, ...held, dependency: sk, failures: counted } as Breaker;
};

/** The answer of a breaker as it stands; `undefined`: its time has come, and one caller may probe. */
const answerTo = ({ clock, limits }: Options, item: BreakerItem) => {
  const { override, state, epoch, open_until = '', probe_until = '' } = item;
  if (override === 'open') return refusal(item, clock.now() + limits.open_ms);
  const permit = { allowed: true as const, dependency: item.sk as BreakerDependency };
  if (override === 'closed' || state === 'closed') return { permit, epoch };
  const due = (state === 'open' ? Date.parse(open_until) : Date.parse(probe_until) + 1) + SKEW_MS;
  return due <= clock.now() ? undefined : refusal(item, due);
};

const refusal = ({ sk, epoch }: BreakerItem, retryAt: number) => {
  const dependency = sk as BreakerDependency;
  return { permit: { allowed: false as const, dependency, retry_at: timestamp(retryAt) }, epoch };
};

/** Of all who come when the time has come, the update lets one through; the others find its probe under way. */
const electProbe = async (options: Options, key: Key, owner: string) => {
  const { item, isMade } = await move(options, key, electing(options, owner));
  if (!isMade) return answerTo(options, item) ?? refusal(item, options.clock.now() + SKEW_MS);
  const { epoch } = item;
  const permit = { allowed: true as const, dependency: key.sk as BreakerDependency, probe: { owner, epoch } };
  return { permit, transition: 'circuit_half_open' as const, epoch };
};

/** Makes a transition, or reads what stood in its way. A refusal may be our own one, if its answer was lost. */
const move = async (options: Options, key: Key, { to, conditions, values }: Move) => {
  const transition_token = randomUUID();
  const set = Object.entries({ ...to, transition_token });
  const passing = ['open_until', 'probe_owner', 'probe_until', 'failures'].filter((name) => !(name in to));
  const gone = to.state === 'closed' ? [...passing, 'open_since'] : passing;
  const step = {
    update: `SET ${set.map(([name]) => `#${name} = :to_${name}`).join(', ')} REMOVE ${gone.join(', ')} ADD epoch :one`,
    conditions,
    values: {
      ...values,
      ...Object.fromEntries(set.map(([name, value]) => [`:to_${name}`, value])),
      ':one': 1,
    },
  };
  const moved = await updateIf<BreakerItem>(options, key, step, 'changing a breaker');
  const item = moved ? standing(key, moved) : await read(options, key);
  return { item, isMade: item.transition_token === transition_token };
};

const transit = async (options: Options, key: Key, to: Move, transition: Transition) => {
  const { item, isMade } = await move(options, key, to);
  return { ...(isMade && { transition }), epoch: item.epoch };
};

const electing = ({ clock, limits }: Options, owner: string): Move => ({
  to: { state: 'half_open', probe_owner: owner, probe_until: timestamp(clock.now() + limits.probe_lease_ms) },
  conditions: [`(${isDue}) OR (${isAbandoned})`, isNotOverridden],
  values: {
    ':open': 'open',
    ':half_open': 'half_open',
    ':none': 'none',
    ':due': timestamp(clock.now() - SKEW_MS),
  },
});

const open = ({ clock, limits }: Options) => ({
  state: 'open' as const,
  open_until: timestamp(clock.now() + limits.open_ms),
});

/** How a probe ends: only its own owner says so, and only in its own epoch. */
const ending = (probe: { owner: string; epoch: number }, to: Standing): Move => ({
  to,
  conditions: [isOurProbe],
  values: { ':half_open': 'half_open', ':owner': probe.owner, ':epoch': probe.epoch },
});
const tripping = (options: Options, seen: number, failures: number): Move => ({
  to: { ...open(options), open_since: timestamp(options.clock.now()), failures },
  conditions: [isClosed, isInSeenEpoch, isNotOverridden],
  values: { ':closed': 'closed', ':none': 'none', ':seen': seen },
});

/** The dependencies a repair uses, each with a circuit breaker of its own. */
export const BREAKER_DEPENDENCIES = ['graph', 'vectors', 'embedder'] as const;
export type BreakerDependency = (typeof BREAKER_DEPENDENCIES)[number];

export type BreakerOverride = 'none' | 'open' | 'closed';

/** A breaker as it stands. Only what a state means is there: no `open_until` on a closed one. */
export type Breaker = {
  dependency: BreakerDependency;
  epoch: number;
  failures: number;
  override: BreakerOverride;
  /** When a person took to holding it open, while that lasts. */
  held_open_since?: string;
} & (
  | { state: 'closed' }
  | { state: 'open'; open_until: string; open_since: string }
  | { state: 'half_open'; probe_owner: string; probe_until: string; open_since: string }
);

/** When it last let everybody through, or `undefined` if it does; a probe that fails does not begin it anew. */
export const openSince = (breaker: Breaker): string | undefined => {
  if (breaker.override === 'open') return breaker.held_open_since;
  return breaker.override === 'closed' || breaker.state === 'closed' ? undefined : breaker.open_since;
};

/** Whether it lets nobody through at this time, probes neither. */
export const isHolding = (breaker: Breaker, now: number): boolean =>
  breaker.override === 'none'
    ? breaker.state === 'open' && Date.parse(breaker.open_until) > now
    : breaker.override === 'open';

/** Leave to use a dependency. A probe is the one caller let through a half-open breaker, in its epoch. */
export type Permit =
  | { allowed: true; dependency: BreakerDependency; probe?: { owner: string; epoch: number } }
  | { allowed: false; dependency: BreakerDependency; retry_at: string };

/** What a call changed: the caller records it as an event. */
export type Transition = 'circuit_opened' | 'circuit_half_open' | 'circuit_closed';

export interface BreakerLimits {
  failures_to_open: number;
  window_ms: number;
  open_ms: number;
  probe_lease_ms: number;
}
export const BREAKER_LIMITS: BreakerLimits = {
  failures_to_open: 3,
  window_ms: 60_000,
  open_ms: 60_000,
  probe_lease_ms: 30_000,
};

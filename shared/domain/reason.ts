/** Why something was not done: one list for guards, drifts and events. Never renamed once written. */
export const REASONS = [
  'in_flight',
  'observe',
  'below_threshold',
  'needs_approval',
  'both_altered',
  'content_lost',
  'malformed',
  'breaker_open',
  'rate_limited',
  'attempts_exhausted',
  'backoff',
  'run_limit',
  'daily_limit',
  'loop',
  'duplicate',
  'nothing_to_do',
  'evidence_changed',
  'unknown_origin',
] as const;
export type Reason = (typeof REASONS)[number];

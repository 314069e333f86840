import { SIDES, type Side, trueHash } from './chunk.ts';
import { type Cause, causeOf, driftOf } from './drift.ts';
import {
  agreement,
  isUsable,
  type Look,
  type Standing,
  standing,
  type VectorRule,
  vectorFault,
} from './look.ts';
import type { Reason } from './reason.ts';
import type { Settings } from './settings.ts';

export const ACTIONS = [
  'copy_to_qdrant',
  'copy_to_neo4j',
  'reconcile_content',
  'reconcile_metadata',
  'delete_orphan',
] as const;
export type Action = (typeof ACTIONS)[number];

/**
 * What to do about a chunk, and why. `to` is where the act writes or deletes, `from` where its text comes from.
 * Only `delete_orphan` deletes, and only an intent of `deleted` leads to it.
 */
export type Verdict =
  | {
      action: 'copy_to_qdrant' | 'copy_to_neo4j' | 'reconcile_content' | 'reconcile_metadata';
      cause: Cause;
      from: Side;
      to: Side[];
    }
  | { action: 'delete_orphan'; cause: Cause; to: Side[] }
  | { action: 'skip'; cause: Cause; reason: Reason };

export type Policy = Pick<Settings, 'authority' | 'unknown_chunks'>;

const copyTo = (to: Side, cause: Cause): Verdict => ({
  action: to === 'graph' ? 'copy_to_neo4j' : 'copy_to_qdrant',
  cause,
  from: to === 'graph' ? 'vectors' : 'graph',
  to: [to],
});
const reconcile = (
  what: 'reconcile_content' | 'reconcile_metadata',
  from: Side,
  to: Side[],
  cause: Cause,
): Verdict => ({
  action: what,
  cause,
  from,
  to,
});
const skip = (reason: Reason, cause: Cause): Verdict => ({ action: 'skip', cause, reason });

/**
 * The verdict on a look, from the table of DESIGN §5. `authority` names the side a person has declared right for
 * this chunk; without it a chunk that both sides have altered waits.
 */
export const judge = (
  look: Look,
  policy: Policy,
  rule?: VectorRule,
  authority?: 'neo4j' | 'qdrant',
): Verdict => {
  const cause = causeOf(look);
  switch (look.intent.state) {
    case 'in_flight':
      return skip('in_flight', cause);
    case 'deleted':
      return judgeDeleted(look, cause);
    case 'present':
      return judgePresent(look, cause, rule, authority);
    case 'unknown':
      return judgeUnknown(look, cause, policy, rule, authority);
    default:
      return look.intent satisfies never;
  }
};

const judgeDeleted = ({ graph, vectors }: Look, cause: Cause): Verdict => {
  const to = [...(graph ? (['graph'] as const) : []), ...(vectors ? (['vectors'] as const) : [])];
  return to.length > 0 ? { action: 'delete_orphan', cause, to } : skip('nothing_to_do', cause);
};

type Half = 'absent' | 'right' | 'other';
const half = (is: Standing): Half =>
  is === 'same' || is === 'moved' ? 'right' : is === 'absent' ? 'absent' : 'other';

/** intent present: (graph, vectors) → verdict; `undefined` means the text is right on both sides. */
const PRESENT: Record<Half, Record<Half, ((cause: Cause) => Verdict) | undefined>> = {
  right: {
    right: undefined,
    absent: (cause) => copyTo('vectors', cause),
    other: (cause) => reconcile('reconcile_content', 'graph', ['vectors'], cause),
  },
  absent: {
    right: (cause) => copyTo('graph', cause),
    absent: (cause) => skip('content_lost', cause),
    other: (cause) => skip('both_altered', cause),
  },
  other: {
    right: (cause) => reconcile('reconcile_content', 'vectors', ['graph'], cause),
    absent: (cause) => skip('both_altered', cause),
    other: (cause) => skip('both_altered', cause),
  },
};

const judgePresent = (
  look: Look,
  cause: Cause,
  rule?: VectorRule,
  authority?: 'neo4j' | 'qdrant',
): Verdict => {
  const { intent, graph, vectors } = look;
  if (intent.state !== 'present') return skip('nothing_to_do', cause);
  const [g, v] = [standing(graph, intent), standing(vectors, intent)];
  const verdict = PRESENT[half(g)][half(v)]?.(cause);
  if (verdict?.action === 'skip' && verdict.reason === 'both_altered')
    return byPerson(look, cause, authority) ?? verdict;
  if (verdict) return verdict;
  if (vectorFault(look, rule)) return reconcile('reconcile_content', 'graph', ['vectors'], cause);
  const moved = [
    ...(g === 'moved' ? (['graph'] as const) : []),
    ...(v === 'moved' ? (['vectors'] as const) : []),
  ];
  if (moved.length === 0) return skip('nothing_to_do', cause);
  return reconcile('reconcile_metadata', g === 'moved' ? 'vectors' : 'graph', moved, cause);
};

const judgeUnknown = (
  look: Look,
  cause: Cause,
  policy: Policy,
  rule?: VectorRule,
  authority?: 'neo4j' | 'qdrant',
): Verdict => {
  const { graph, vectors } = look;
  if (driftOf(look, rule) === undefined) return skip('nothing_to_do', cause);
  if ([graph, vectors].some((stored) => stored && !isUsable(stored))) return skip('malformed', cause);
  if (!graph || !vectors) {
    const isAllowed = policy.unknown_chunks === 'copy' || authority !== undefined;
    return isAllowed ? copyTo(graph ? 'vectors' : 'graph', cause) : skip('unknown_origin', cause);
  }
  return (
    byAuthority(look, cause, authority ?? policy.authority, agreement(graph, vectors)) ??
    skip('unknown_origin', cause)
  );
};

const byAuthority = (
  look: Look,
  cause: Cause,
  authority: Settings['authority'],
  agree: 'same' | 'moved' | 'other',
): Verdict | undefined => {
  if (agree === 'same') return reconcile('reconcile_content', 'graph', ['vectors'], cause);
  if (authority === 'manual') return undefined;
  const [from, to] =
    authority === 'neo4j' ? (['graph', 'vectors'] as const) : (['vectors', 'graph'] as const);
  const stored = look[from];
  if (!stored || !isUsable(stored)) return undefined;
  if (agree === 'other') return reconcile('reconcile_content', from, [to], cause);
  // The authority's own side is among them where the hash beside its text is false.
  const source = { ...stored, content_hash: trueHash(stored) };
  const moved = SIDES.filter((side) => agreement(source, look[side] ?? source) === 'moved');
  return reconcile('reconcile_metadata', from, moved, cause);
};

const byPerson = (look: Look, cause: Cause, authority?: 'neo4j' | 'qdrant'): Verdict | undefined => {
  if (authority === undefined) return undefined;
  const [from, to] =
    authority === 'neo4j' ? (['graph', 'vectors'] as const) : (['vectors', 'graph'] as const);
  const stored = look[from];
  if (!stored || !isUsable(stored)) return undefined;
  return look[to] ? reconcile('reconcile_content', from, [to], cause) : copyTo(to, cause);
};

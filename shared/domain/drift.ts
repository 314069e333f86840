import { type Side, trueHash } from './chunk.ts';
import {
  agreement,
  isUsable,
  type Look,
  type Standing,
  standing,
  type VectorRule,
  vectorFault,
} from './look.ts';

export const DRIFT_TYPES = [
  'missing_in_neo4j',
  'missing_in_qdrant',
  'content_mismatch',
  'metadata_mismatch',
  'invalid_vector',
  'stale_embedding',
  'missing_in_both',
  'deleted_but_present',
  'malformed',
] as const;
export type DriftType = (typeof DRIFT_TYPES)[number];

export const CAUSES = [
  'lost_write',
  'ghost_delete',
  'deleted_document',
  'altered',
  'rolled_back',
  'foreign',
  'unknown',
] as const;
export type Cause = (typeof CAUSES)[number];

export const missingOn = (side: Side): DriftType =>
  side === 'graph' ? 'missing_in_neo4j' : 'missing_in_qdrant';

/** The kind of difference a look shows, or `undefined` if the chunk is as it should be or being written. */
export const driftOf = (look: Look, rule?: VectorRule): DriftType | undefined => {
  const { intent, graph, vectors } = look;
  if (intent.state === 'in_flight') return undefined;
  if (intent.state === 'deleted') return graph || vectors ? 'deleted_but_present' : undefined;
  if (graph === undefined && vectors === undefined)
    return intent.state === 'present' ? 'missing_in_both' : undefined;
  return intent.state === 'present' ? driftFromIntent(look, rule) : driftBetweenSides(look, rule);
};

const driftFromIntent = (look: Look, rule?: VectorRule): DriftType | undefined => {
  const { intent, graph, vectors } = look;
  if (intent.state !== 'present') return undefined;
  if (graph === undefined) return 'missing_in_neo4j';
  if (vectors === undefined) return 'missing_in_qdrant';
  const sides = [standing(graph, intent), standing(vectors, intent)];
  if (sides.includes('other')) return 'content_mismatch';
  if (sides.includes('moved')) return 'metadata_mismatch';
  return vectorDrift(look, rule);
};

const driftBetweenSides = (look: Look, rule?: VectorRule): DriftType | undefined => {
  const { graph, vectors } = look;
  if ([graph, vectors].some((stored) => stored && !isUsable(stored))) return 'malformed';
  if (graph === undefined) return 'missing_in_neo4j';
  if (vectors === undefined) return 'missing_in_qdrant';
  const agree = agreement(graph, vectors);
  if (agree === 'other') return 'content_mismatch';
  if (agree === 'moved') return 'metadata_mismatch';
  return vectorDrift(look, rule);
};

const vectorDrift = (look: Look, rule?: VectorRule): DriftType | undefined => {
  const fault = vectorFault(look, rule);
  if (fault === undefined) return undefined;
  return fault === 'other_text' || fault === 'other_model' ? 'stale_embedding' : 'invalid_vector';
};

/** How a difference most likely came about, from the three witnesses alone. */
export const causeOf = (look: Look): Cause => {
  const { intent } = look;
  if (intent.state === 'deleted') return intent.whole_document ? 'deleted_document' : 'lost_write';
  if (intent.state === 'present') return causeFromIntent(look);
  if (intent.state === 'in_flight') return 'unknown';
  const writers = [look.graph, look.vectors].flatMap((stored) => (stored ? [stored.write_id] : []));
  if (writers.length === 0) return 'unknown';
  return writers.every((write_id) => write_id === null) ? 'foreign' : 'lost_write';
};

/**
 * Every committed write has been read back on both sides, so a copy that is not there now was taken away. An older
 * version whose text is true to its own hash came back with a restore; anything else was changed in place.
 */
const causeFromIntent = ({ intent, graph, vectors }: Look): Cause => {
  if (intent.state !== 'present') return 'unknown';
  if (graph === undefined || vectors === undefined) return 'ghost_delete';
  const wrong = worse(standing(graph, intent), standing(vectors, intent)) === 'graph' ? graph : vectors;
  const isOlder = wrong.version !== null && wrong.version < intent.entry.version;
  return isOlder && wrong.content_hash === trueHash(wrong) ? 'rolled_back' : 'altered';
};

/** A copy with another text is worse than one in another place; a point whose copy is right may have a wrong vector. */
const worse = (graph: Standing, vectors: Standing): Side => {
  if (graph === 'other') return 'graph';
  return graph === 'moved' && vectors !== 'other' ? 'graph' : 'vectors';
};

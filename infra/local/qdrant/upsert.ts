// Upserting: a point is replaced whole, and what is not sent of it is gone.

import { isGiven, type Json, readList, readObject, refuseFields } from './body.ts';
import type { Collection } from './collection.ts';
import { compileFilter, type Filter } from './filter.ts';
import { type Id, readId } from './ids.ts';
import type { Point } from './points.ts';
import { malformed } from './refusal.ts';
import { checkDimensions, readVectors, type SentVectors, toStored } from './vectors.ts';
import type { Write } from './writes.ts';

interface SentPoint {
  id: Id;
  payload: Json;
  vectors: SentVectors;
}

/** All dimensions are checked before the first point is written. */
export const upsert: Write = (collection, body, apply) => {
  refuseFields(body, 'batch', 'shard_key');
  const sent = readList(body.points, 'points').map(readPoint);
  for (const { vectors } of sent) checkDimensions(collection.schema, vectors);
  for (const { vectors, ...point } of accepted(collection, sent, body)) {
    apply({ ...point, vectors: toStored(collection.schema, vectors) });
  }
};

const readPoint = (value: unknown): SentPoint => {
  const { id, vector, payload } = readObject(value, 'point');
  return {
    id: readId(id),
    payload: isGiven(payload) ? readObject(payload, 'payload') : {},
    vectors: readVectors(vector),
  };
};

type Accepts = (before: Point | undefined, filter: Filter) => boolean;

/** `insert_only` does not look at the filter, as on the server. */
const MODES = new Map<unknown, Accepts>(
  Object.entries({
    upsert: (before, { test }) => !before || test(before),
    insert_only: (before) => !before,
    update_only: (before, { test }) => before !== undefined && test(before),
  } satisfies Record<string, Accepts>),
);

/** Judged by what stands before the operation; of two points with one id the last is written. */
const accepted = ({ points }: Collection, sent: SentPoint[], body: Json): SentPoint[] => {
  const filter = compileFilter(body.update_filter);
  const accepts = readMode(body.update_mode ?? 'upsert');
  const byId = new Map(sent.map((point) => [point.id, point]));
  return [...byId.values()].filter(({ id }) => accepts(points.get(id), filter));
};

const readMode = (mode: unknown): Accepts => {
  const accepts = MODES.get(mode);
  if (accepts) return accepts;
  throw malformed(`unknown update mode \`${mode}\``);
};

// The writing operations. None is a transaction: what was changed before something fails stays changed.

import { isGiven, type Json, readList, readObject, readText, refuseFields } from './body.ts';
import type { Apply, Collection } from './collection.ts';
import { compileFilter } from './filter.ts';
import { type Id, readId } from './ids.ts';
import { withoutPath } from './paths.ts';
import { mergePayload } from './payloads.ts';
import type { Point } from './points.ts';
import { malformed, noPoint } from './refusal.ts';
import { readPaths } from './selection.ts';
import { paramsOf, readVectors, type SentVectors, toStored } from './vectors.ts';

export type Write = (collection: Collection, body: Json, apply: Apply) => void;

export const remove: Write = (collection, body, apply) => {
  for (const id of readTargets(collection, body)) if (collection.points.get(id)) apply({ id, gone: true });
};

export const setPayload: Write = (collection, body, apply) => {
  refuseFields(body, 'key');
  const set = readObject(body.payload, 'payload');
  changeEach(collection, body, ({ id, payload }) => apply({ id, payload: mergePayload(payload, set) }));
};

export const overwritePayload: Write = (collection, body, apply) => {
  const payload = readObject(body.payload, 'payload');
  changeEach(collection, body, ({ id }) => apply({ id, payload }));
};

export const deletePayload: Write = (collection, body, apply) => {
  const paths = readPaths(body.keys);
  changeEach(collection, body, ({ id, payload }) =>
    apply({ id, payload: paths.reduce(withoutPath, payload) }),
  );
};

/** Points that the filter holds back are left alone; points that are missing fail the operation. */
export const updateVectors: Write = (collection, body, apply) => {
  refuseFields(body, 'shard_key');
  const { test } = compileFilter(body.update_filter);
  const sent = merged(readList(body.points, 'points').map(readPointVectors));
  const isHeldBack = (point?: Point) => point !== undefined && !test(point);
  const ids = [...sent.keys()].filter((id) => !isHeldBack(collection.points.get(id)));
  inBatches(collection, ids, ({ id, vectors }) => {
    const changed = toStored(collection.schema, sent.get(id) ?? []);
    apply({ id, vectors: new Map([...vectors, ...changed]) });
  });
};

const readPointVectors = (value: unknown): [Id, SentVectors] => {
  const point = readObject(value, 'point');
  return [readId(point.id), readVectors(point.vector)];
};

const merged = (sent: [Id, SentVectors][]) => {
  const byId = new Map<Id, SentVectors>();
  for (const [id, vectors] of sent) byId.set(id, [...(byId.get(id) ?? []), ...vectors]);
  return byId;
};

export const deleteVectors: Write = (collection, body, apply) => {
  const names = readList(body.vector, 'vector').map((name) => readText(name, 'a vector name'));
  for (const name of names) paramsOf(collection.schema, name);
  changeEach(collection, body, ({ id, vectors }) => {
    apply({ id, vectors: new Map([...vectors].filter(([name]) => !names.includes(name))) });
  });
};

const changeEach = (collection: Collection, body: Json, change: (point: Point) => void) =>
  inBatches(collection, readTargets(collection, body), change);

/** Chosen before anything changes, so that a filter never sees the operation's own changes. */
const readTargets = ({ points }: Collection, body: Json): Id[] => {
  refuseFields(body, 'shard_key');
  if (isGiven(body.points)) return readList(body.points, 'points').map(readId);
  if (!isGiven(body.filter)) throw malformed('No points or filter specified');
  return Array.from(points.matching(compileFilter(body.filter)), ({ id }) => id);
};

const BATCH = 32;

/** The server goes by batches: a missing id fails its batch after the others in it were changed. */
const inBatches = ({ points }: Collection, ids: Id[], change: (point: Point) => void) => {
  for (let from = 0; from < ids.length; from += BATCH) {
    const batch = ids.slice(from, from + BATCH);
    const missing = batch.find((id) => !points.get(id));
    for (const point of batch.map((id) => points.get(id))) if (point) change(point);
    if (missing !== undefined) throw noPoint(missing);
  }
};

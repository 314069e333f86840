// Searching by one dense vector: every point that passes the filter is compared.

import { isGiven, isObject, type Json, readCount, readText, refuseFields } from './body.ts';
import type { Collection } from './collection.ts';
import { compileFilter } from './filter.ts';
import type { Point } from './points.ts';
import { malformed, notImitated } from './refusal.ts';
import { compileSelection } from './selection.ts';
import { paramsOf, readNumbers, shortest, similarity, store, UNNAMED } from './vectors.ts';

/** POST /points/query */
export const query = (collection: Collection, body: Json) => {
  refuseFields(body, 'prefetch', 'lookup_from');
  const name = isGiven(body.using) ? readText(body.using, 'using') : UNNAMED;
  return {
    points: nearest(collection, body, name, readQuery(body.query), readCount(body.limit, 'limit', 10, 1)),
  };
};

const readQuery = (wanted: unknown): number[] => {
  const vector = isObject(wanted) ? onlyNearest(wanted) : wanted;
  if (Array.isArray(vector)) return readNumbers(vector);
  throw notImitated('queries other than one dense vector');
};

const onlyNearest = (wanted: Json) => {
  refuseFields(wanted, 'mmr');
  return wanted.nearest;
};

/** POST /points/search */
export const search = (collection: Collection, body: Json) => {
  const { name, vector } = isObject(body.vector) ? body.vector : { name: UNNAMED, vector: body.vector };
  if (!isGiven(body.limit)) throw malformed('missing field `limit`');
  return nearest(
    collection,
    body,
    readText(name, 'name'),
    readNumbers(vector),
    readCount(body.limit, 'limit', 10, 1),
  );
};

const nearest = (
  { schema, points }: Collection,
  body: Json,
  name: string,
  numbers: number[],
  limit: number,
) => {
  refuseFields(body, 'shard_key');
  const wanted = store(paramsOf(schema, name), numbers);
  const answer = compileSelection(schema, body, { with_payload: false });
  const from = readCount(body.offset, 'offset', 0, 0);
  return ranked(points.matching(compileFilter(body.filter)), name, wanted, body.score_threshold)
    .slice(from, from + limit)
    .map(({ point, score }) => ({ ...answer(point), version: point.version, score: shortest(score) }));
};

/** A point without this vector is not found by it. */
const ranked = (points: Iterable<Point>, name: string, wanted: Float32Array, threshold: unknown) => {
  const least = typeof threshold === 'number' ? threshold : Number.NEGATIVE_INFINITY;
  return [...points]
    .flatMap((point) => {
      const vector = point.vectors.get(name);
      return vector ? [{ point, score: similarity(wanted, vector) }] : [];
    })
    .filter(({ score }) => score >= least)
    .sort((a, b) => b.score - a.score);
};

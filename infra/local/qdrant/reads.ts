// The reading routes: points by id, pages, counts and facets.

import { isGiven, type Json, readCount, readList, readText, refuseFields } from './body.ts';
import type { Collection } from './collection.ts';
import { compileFilter } from './filter.ts';
import { type Id, readId } from './ids.ts';
import { indexedValues, isFacetable } from './indexes.ts';
import { wrongInput } from './refusal.ts';
import { type Answered, compileSelection } from './selection.ts';

/** In the order asked for, each point once, what is missing left out. */
export const retrieve = ({ schema, points }: Collection, body: Json): Answered[] => {
  refuseFields(body, 'shard_key');
  const ids = new Set(readList(body.ids, 'ids').map(readId));
  const answer = compileSelection(schema, body, { with_payload: false });
  return [...ids].flatMap((id) => {
    const point = points.get(id);
    return point ? [answer(point)] : [];
  });
};

interface Page {
  points: Answered[];
  next_page_offset: Id | null;
}

export const scroll = ({ schema, points }: Collection, body: Json): Page => {
  refuseFields(body, 'shard_key', 'order_by');
  const limit = readCount(body.limit, 'limit', 10, 1);
  const from = isGiven(body.offset) ? readId(body.offset) : undefined;
  const answer = compileSelection(schema, body, { with_payload: true });
  const page: Answered[] = [];
  for (const point of points.matching(compileFilter(body.filter), from)) {
    if (page.length === limit) return { points: page, next_page_offset: point.id };
    page.push(answer(point));
  }
  return { points: page, next_page_offset: null };
};

/** Always exact. */
export const count = ({ points }: Collection, body: Json) => {
  refuseFields(body, 'shard_key');
  if (!isGiven(body.filter)) return { count: points.size };
  let matching = 0;
  for (const _ of points.matching(compileFilter(body.filter))) matching++;
  return { count: matching };
};

/** Always exact: the most frequent values first, equally frequent ones in ascending order. */
export const facet = (collection: Collection, body: Json) => {
  refuseFields(body, 'shard_key');
  const limit = readCount(body.limit, 'limit', 10, 1);
  const counts = countValues(collection, readText(body.key, 'key'), body.filter);
  const hits = [...counts].map(([value, times]) => ({ value, count: times }));
  return { hits: hits.sort((a, b) => b.count - a.count || ascending(a.value, b.value)).slice(0, limit) };
};

const ascending = (a: unknown, b: unknown) => ((a as string) < (b as string) ? -1 : 1);

const countValues = ({ points, config }: Collection, key: string, filter: unknown): Map<unknown, number> => {
  const schema = config().indexes[key];
  if (!isFacetable(schema)) throw noFacetIndex(key);
  const valuesOf = indexedValues(key, schema);
  const counts = new Map<unknown, number>();
  for (const { payload } of points.matching(compileFilter(filter))) {
    for (const value of valuesOf(payload)) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return counts;
};

const noFacetIndex = (key: string) =>
  wrongInput(`No appropriate index for faceting: \`${key}\`. Please create one to facet on this field.`);

import { UnavailableError } from '../errors.ts';
import type { Access } from './qdrant-access.ts';

/**
 * Exactly the points that ranges meet: all but those with integer ids, which cannot be chunks. Those come first, so
 * where there are none one look at the first id proves it.
 */
export const countPoints = async (access: Access, project: string): Promise<number> => {
  const [all, foreign] = await Promise.all([countWhere(access, project), countIntegers(access, project)]);
  return all - foreign;
};

const countWhere = async ({ client, layout }: Access, project: string, bucket?: number): Promise<number> => {
  const collection = layout.collection(project);
  const filter =
    bucket === undefined
      ? {}
      : { filter: { must: [{ key: layout.payload.bucket, match: { value: bucket } }] } };
  const answer = await client.reading(`a count of ${collection}`, (qdrant) =>
    qdrant.count(collection, { ...filter, exact: true }),
  );
  return answer.count;
};

const INTEGERS_A_PAGE = 10_000;

const countIntegers = async ({ client, layout }: Access, project: string): Promise<number> => {
  const collection = layout.collection(project);
  const nothing = { with_payload: false, with_vector: false };
  let counted = 0;
  let page: { offset?: number; limit: number } = { limit: 1 };
  for (;;) {
    const request = { ...page, ...nothing };
    const { points, next_page_offset } = await client.reading(`a scroll of ${collection}`, (qdrant) =>
      qdrant.scroll(collection, request),
    );
    counted += points.filter(({ id }) => typeof id !== 'string').length;
    if (next_page_offset == null || typeof next_page_offset === 'string') return counted;
    page = { offset: next_page_offset as number, limit: INTEGERS_A_PAGE };
  }
};

const BUCKETS = 256;
/** Foreign values of the key crowd ours out of an answer of 256, so more are taken. */
const MOST_VALUES = 1_024;
const COUNTS_AT_ONCE = 8;

export const countByBucket = async (access: Access, project: string): Promise<number[]> => {
  const counted = await facetByBucket(access, project);
  if (counted) return counted;
  const counts: number[] = [];
  while (counts.length < BUCKETS) {
    const buckets = Array.from({ length: COUNTS_AT_ONCE }, (_, i) => counts.length + i);
    counts.push(...(await Promise.all(buckets.map((bucket) => countWhere(access, project, bucket)))));
  }
  return counts;
};

/** One pass over the integer index. `undefined`: there is no such index (of an adopted collection), or no end of values. */
const facetByBucket = async ({ client, layout }: Access, project: string): Promise<number[] | undefined> => {
  const collection = layout.collection(project);
  const request = { key: layout.payload.bucket, limit: MOST_VALUES, exact: true };
  try {
    const { hits } = await client.reading(`a facet of ${collection}`, (qdrant) =>
      qdrant.facet(collection, request),
    );
    const found = new Map<unknown, number>(hits.map(({ value, count: counted }) => [value, counted]));
    return hits.length < MOST_VALUES
      ? Array.from({ length: BUCKETS }, (_, bucket) => found.get(bucket) ?? 0)
      : undefined;
  } catch (error) {
    if (error instanceof UnavailableError && error.kind === 'refused') return undefined;
    throw error;
  }
};

import type { ChunkId, IdRange } from '../domain/chunk.ts';
import { UnavailableError } from '../errors.ts';
import type { FingerprintPage, StoredPage } from '../ports.ts';
import { type Access, type Selection, selection } from './qdrant-access.ts';
import { type StoredPoint, storedChunk, text, whole } from './qdrant-points.ts';

interface PointPage {
  points: StoredPoint[];
  next?: ChunkId;
}

export const fingerprints = async (
  access: Access,
  project: string,
  range: IdRange,
  after: ChunkId | undefined,
  limit: number,
): Promise<FingerprintPage> => {
  const { content_hash, version } = access.layout.payload;
  const selected = { with_payload: [content_hash, version], with_vector: false };
  const { points, ...rest } = await pointPage(access, project, range, after, limit, selected);
  const page: FingerprintPage = { ids: [], hashes: [], versions: [], ...rest };
  for (const { id, payload } of points) {
    page.ids.push(id as ChunkId);
    page.hashes.push(text(payload?.[content_hash]));
    page.versions.push(whole(payload?.[version]));
  }
  return page;
};

export const contents = async (
  access: Access,
  project: string,
  range: IdRange,
  after: ChunkId | undefined,
  limit: number,
  vectors = false,
): Promise<StoredPage> => {
  const selected = selection(access.layout, vectors ? 'chunk_and_vector' : 'chunk');
  const { points, ...rest } = await pointPage(access, project, range, after, limit, selected);
  return { chunks: points.map((point) => storedChunk(access.layout, point)), ...rest };
};

/**
 * A page of a range. Qdrant begins at an id, inclusive, and knows no end: so what stands at `after` is asked for once
 * more and dropped, and what lies past the range is cut off. Points with integer ids come before all UUIDs: a range
 * never meets them.
 */
const pointPage = async (
  { client, layout }: Access,
  project: string,
  { from, to }: IdRange,
  after: ChunkId | undefined,
  limit: number,
  selected: Selection,
): Promise<PointPage> => {
  const collection = layout.collection(project);
  const begin = after !== undefined && after > from ? after : from;
  const asked = limit + (begin === after ? 1 : 0);
  const { points, next_page_offset } = await client.reading(`a scroll of ${collection}`, (_, bulk) =>
    bulk.scroll(collection, { offset: begin, limit: asked, ...selected }),
  );
  if (points.length > 0 && points[0]?.id === after) points.shift();
  const isWithin = (id: unknown) => to === undefined || (id as ChunkId) < to;
  const within = isWithin(points.at(-1)?.id ?? from) ? points : points.filter(({ id }) => isWithin(id));
  const isCut = within.length > limit;
  const page = isCut ? within.slice(0, limit) : within;
  const hasMore = isCut || (typeof next_page_offset === 'string' && isWithin(next_page_offset));
  const last = page.at(-1)?.id;
  if (hasMore && last === undefined)
    throw new UnavailableError('vectors', 'partial', `${collection} answered no page`);
  return { points: page, ...(hasMore ? { next: last as ChunkId } : {}) };
};

// One project's points over one client: what pages, changes and images are made of.

import { type ChunkId, isChunkId, type StoredChunk } from '../domain/chunk.ts';
import { UnavailableError } from '../errors.ts';
import { isMissingPoint, type QdrantHandle } from './qdrant-client.ts';
import { type Operation, only, operationsOf, type PointChange, slicesOf } from './qdrant-operations.ts';
import {
  chunkKeys,
  ownVector,
  type StoredPoint,
  signatureKeys,
  storedChunk,
  type VectorLayout,
} from './qdrant-points.ts';

export interface Access {
  client: QdrantHandle;
  layout: VectorLayout;
}

/** What of a point to answer; `all` is everything, whosever it is. */
export type Select = 'nothing' | 'signature' | 'chunk' | 'chunk_and_vector' | 'all';
export type Selection = { with_payload: boolean | string[]; with_vector: boolean | string[] };

export const selection = (layout: VectorLayout, select: Select): Selection => {
  if (select === 'all') return { with_payload: true, with_vector: true };
  if (select === 'nothing') return { with_payload: false, with_vector: false };
  if (select === 'signature') return { with_payload: signatureKeys(layout), with_vector: false };
  const with_vector = select === 'chunk_and_vector' && ownVector(layout);
  return { with_payload: chunkKeys(layout), with_vector };
};

const IDS_A_REQUEST = 1_000;

/** The newest state that most replicas agree on. One id that is no UUID would fail all: no point can have it. */
export const retrieve = async (
  { client, layout }: Access,
  project: string,
  ids: ChunkId[],
  select: Select,
): Promise<StoredPoint[]> => {
  const collection = layout.collection(project);
  const wanted = [...new Set(ids)].filter(isChunkId);
  const found: StoredPoint[] = [];
  for (let at = 0; at < wanted.length; at += IDS_A_REQUEST) {
    const request = { ids: wanted.slice(at, at + IDS_A_REQUEST), ...selection(layout, select) };
    found.push(
      ...(await client.reading(`a read of ${collection}`, (exactly, bulk) =>
        select === 'all'
          ? exactly.retrieve(collection, { ...request, consistency: 'majority' })
          : bulk.retrieve(collection, request),
      )),
    );
  }
  return found;
};

export const readChunks = async (
  access: Access,
  project: string,
  ids: ChunkId[],
  select: Select = 'chunk',
): Promise<Map<ChunkId, StoredChunk>> => {
  const points = await retrieve(access, project, ids, select);
  return new Map(points.map((point) => [String(point.id), storedChunk(access.layout, point)]));
};

/**
 * Sends changes, each conditional on its point. Says nothing of what took: a condition that does not hold is answered
 * like one that does, so only reading back tells.
 */
export const send = async (
  access: Access,
  project: string,
  op_id: string,
  changes: PointChange[],
): Promise<void> => {
  const [first = [], ...others] = slicesOf(changes);
  await sendSlice(access, project, op_id, first, TRIES);
  for (const slice of others) await sendSlice(access, project, op_id, slice, TRIES).catch(throwAsUnknown);
};
const TRIES = 3;

/** A refusal says that nothing was done, which is not true of a request whose first operations were. */
const throwAsUnknown = (error: unknown): never => {
  if (!(error instanceof UnavailableError) || error.kind !== 'refused') throw error;
  throw new UnavailableError('vectors', 'partial', 'some changes were refused after others', {
    cause: error,
  });
};

/** A point removed behind our back fails the request that rewrites it; the rest of the request is sent once more. */
const sendSlice = async (
  access: Access,
  project: string,
  op_id: string,
  slice: PointChange[],
  tries: number,
): Promise<void> => {
  const operations = operationsOf(access.layout, op_id, slice);
  if (operations.length === 0) return;
  try {
    await sendBatch(access, project, operations);
  } catch (error) {
    if (!isMissingPoint(error) || tries === 1) throw error;
    const left = await withoutVanished(access, project, slice);
    await sendSlice(access, project, op_id, left, tries - 1).catch(throwAsUnknown);
  }
};

const sendBatch = async ({ client, layout }: Access, project: string, operations: Operation[]) => {
  const collection = layout.collection(project);
  const sent = client.writing(`a batch on ${collection}`, (qdrant) =>
    qdrant.batchUpdate(collection, { operations, wait: true, ordering: 'strong' }),
  );
  await (operations.length === 1 ? sent : sent.catch(throwAsUnknown));
};

const withoutVanished = async (
  access: Access,
  project: string,
  slice: PointChange[],
): Promise<PointChange[]> => {
  const rewritten = only(slice, 'rewrite').map(({ id }) => id);
  const standing = new Set((await retrieve(access, project, rewritten, 'nothing')).map(({ id }) => id));
  return slice.filter(({ kind, id }) => kind !== 'rewrite' || standing.has(id));
};

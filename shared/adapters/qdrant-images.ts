// Points kept whole, and put back.

import type { ChunkId, StoredChunk } from '../domain/chunk.ts';
import { PAYLOAD_KEYS } from '../domain/layout.ts';
import type { Applied, Guard, WholeImage } from '../ports.ts';
import { type Access, readChunks, retrieve, send } from './qdrant-access.ts';
import type { PointChange, Writer } from './qdrant-operations.ts';
import {
  NO_PROVENANCE,
  type Payload,
  type Provenance,
  provenancePayload,
  type StoredPoint,
  storedChunk,
  type VectorLayout,
  type VectorStruct,
  vectorStruct,
} from './qdrant-points.ts';

/** The point as JSON text: payloads of others hold numbers that neither a double nor DynamoDB can carry. */
type PointImage = { point: string };

export const images = async (access: Access, project: string, ids: ChunkId[]): Promise<WholeImage[]> => {
  const points = await retrieve(access, project, ids, 'all');
  return points.map((point) => ({
    side: 'vectors',
    chunk_id: String(point.id),
    image: { point: JSON.stringify(point, writeBigInt) } satisfies PointImage,
  }));
};

const writeBigInt = (_: string, value: unknown) =>
  typeof value === 'bigint' ? JSON.rawJSON?.(String(value)) : value;
const readBigInt = (_: string, value: unknown, context?: { source?: string }) =>
  Number.isInteger(value) && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? '')
    ? BigInt(context?.source ?? '')
    : value;

const pointOf = ({ image }: WholeImage) =>
  JSON.parse((image as PointImage).point, readBigInt) as StoredPoint & { payload?: Payload | null };

/**
 * Creates whole what is absent; where a point stands, gives it back our own keys and vector if its last writer is
 * `over` or still the image's own. Either way the operation signs it, under its version.
 */
export const restore = async (
  access: Access,
  guard: Guard,
  kept: WholeImage[],
  over: Writer,
): Promise<Applied> => {
  const points = kept.filter(({ side }) => side === 'vectors').map(pointOf);
  const ids = points.map(({ id }) => String(id));
  const standing = new Set((await retrieve(access, guard.project, ids, 'nothing')).map(({ id }) => id));
  const changes = points.map((point) =>
    standing.has(point.id)
      ? rewrite(access.layout, guard, point, over)
      : insertion(access.layout, guard, point),
  );
  await send(access, guard.project, guard.op_id, changes);
  const found = await readChunks(access, guard.project, ids, 'signature');
  const isRestored = (point: StoredPoint) => isBack(access.layout, guard, point, found.get(String(point.id)));
  const outcome = Map.groupBy(points, isRestored);
  const idsOf = (is: boolean) => (outcome.get(is) ?? []).map(({ id }) => String(id));
  return { applied: idsOf(true), refused: idsOf(false) };
};

const insertion = (layout: VectorLayout, guard: Guard, point: StoredPoint): PointChange => ({
  kind: 'insert',
  id: String(point.id),
  bytes: weightOf(point),
  payload: { ...point.payload, ...signature(layout, guard) },
  vector: (point.vector ?? {}) as VectorStruct,
});

const rewrite = (layout: VectorLayout, guard: Guard, point: StoredPoint, over: Writer): PointChange => {
  const chunk = storedChunk(layout, point);
  const vector = chunk.vector && vectorStruct(layout, chunk.vector);
  return {
    kind: 'rewrite',
    id: chunk.chunk_id,
    bytes: weightOf(point),
    writers: [...new Set([over, chunk.write_id])],
    payload: {
      ...ownPayload(layout, point),
      ...signature(layout, guard),
      ...provenancePayload(layout, NO_PROVENANCE),
    },
    ...(vector ? { vector, provenance: provenancePayload(layout, provenanceOf(chunk)) } : {}),
  };
};

/** Our keys as the image holds them; what it lacks becomes null. */
const ownPayload = ({ payload: names }: VectorLayout, { payload }: StoredPoint): Payload =>
  Object.fromEntries(PAYLOAD_KEYS.map((key) => [names[key], payload?.[names[key]] ?? null]));

const signature = ({ payload: names }: VectorLayout, guard: Guard): Payload => ({
  [names.write_id]: guard.op_id,
  [names.version]: guard.version,
});

const provenanceOf = ({ embedding_model, embedded_hash }: StoredChunk): Provenance => ({
  embedding_model,
  embedded_hash,
});

const weightOf = (point: StoredPoint) => JSON.stringify(point, writeBigInt).length;

const isBack = (
  layout: VectorLayout,
  guard: Guard,
  image: StoredPoint,
  stored: StoredChunk | undefined,
): boolean => {
  const { content_hash, embedded_hash, vector } = storedChunk(layout, image);
  if (stored?.write_id !== guard.op_id || stored.content_hash !== content_hash) return false;
  return vector === undefined || stored.embedded_hash === embedded_hash;
};

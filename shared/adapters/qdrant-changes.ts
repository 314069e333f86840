import type { StoredChunk } from '../domain/chunk.ts';
import { type Change, changedId, type Guard } from '../ports.ts';
import type { PointChange } from './qdrant-operations.ts';
import {
  NO_PROVENANCE,
  type Payload,
  placePayload,
  provenancePayload,
  type VectorLayout,
  vectorStruct,
} from './qdrant-points.ts';

/**
 * What a change asks of its point: nothing where the point is to be gone already, or to be placed where none is.
 * A second try finds the text written, and completes it: vector and provenance go by our own signature alone.
 */
export const pointChanges = (layout: VectorLayout, guard: Guard, change: Change): PointChange[] => {
  if (change.kind === 'put') return [putChange(layout, guard, change)];
  if (change.over.state === 'absent') return [];
  const { write_id } = change.over;
  const id = changedId(change);
  // Nobody's signature proves whose a point is, so its path must. A signed one is fenced by its signature.
  const path = write_id === null ? { file_path: guard.file_path } : {};
  if (change.kind === 'remove') return [{ kind: 'remove', id, bytes: ROOM, writer: write_id, ...path }];
  const payload = placePayload(layout, guard.project, guard.op_id, change.chunk);
  return [{ kind: 'rewrite', id, bytes: ROOM, writers: [write_id], payload }];
};

const putChange = (layout: VectorLayout, guard: Guard, change: Change & { kind: 'put' }): PointChange => {
  const { chunk, embedding, over } = change;
  const put: Payload = {
    ...placePayload(layout, guard.project, guard.op_id, chunk),
    [layout.payload.content]: chunk.content,
  };
  const made = provenancePayload(layout, embedding);
  const common = {
    id: chunk.chunk_id,
    bytes: weightOf(change),
    vector: vectorStruct(layout, embedding.vector),
  };
  if (over.state === 'absent') return { kind: 'insert', ...common, payload: { ...put, ...made } };
  return {
    kind: 'rewrite',
    ...common,
    writers: [over.write_id],
    payload: { ...put, ...provenancePayload(layout, NO_PROVENANCE) },
    provenance: made,
  };
};

/** For ids, names and conditions. */
const ROOM = 1_500;
const BYTES_OF_A_NUMBER = 22;

const weightOf = ({ chunk, embedding }: Change & { kind: 'put' }) =>
  ROOM + Buffer.byteLength(chunk.content) + BYTES_OF_A_NUMBER * embedding.vector.length;

/** Whether a point read back is as the change wanted it. `undefined`: there is no point. */
export const isApplied = (guard: Guard, change: Change, point: StoredChunk | undefined): boolean => {
  if (change.kind === 'remove') return point === undefined || isTakenOver(guard, change, point);
  if (point?.write_id !== guard.op_id || point.content_hash !== change.chunk.content_hash) return false;
  if (change.kind === 'place') return true;
  const { embedded_hash, embedding_model } = change.embedding;
  return point.embedded_hash === embedded_hash && point.embedding_model === embedding_model;
};

/** Another document has the id now, by a later writer: there is nothing of ours left to remove. */
const isTakenOver = ({ file_path }: Guard, { over }: Change, point: StoredChunk) => {
  const isJudged = over.state === 'present' && point.write_id === over.write_id;
  return !isJudged && point.file_path !== null && point.file_path !== file_path;
};

import type { ChunkId } from '../domain/chunk.ts';
import { UnavailableError } from '../errors.ts';
import type { Change, ChunkStore, Guard } from '../ports.ts';
import { overOf } from './reservation.ts';

const TRIES = 3;

export const changedId = (change: Change): ChunkId =>
  change.kind === 'remove' ? change.chunk_id : change.chunk.chunk_id;

/**
 * Makes all changes of a document that this operation has reserved. A chunk that someone outside Lockstep touched in
 * between is looked at again and overwritten: the document's writer has the last word. Throws UnavailableError if
 * some changes still did not take.
 */
export const applyAll = async (store: ChunkStore, guard: Guard, changes: Change[]): Promise<void> => {
  let left = changes;
  for (let tries = 0; tries < TRIES; tries++) {
    const { refused } = await store.apply(guard, left);
    if (refused.length === 0) return;
    left = await overWhatStands(store, guard, left, new Set(refused));
  }
  throw new UnavailableError(store.side, 'partial', `${left.length} changes did not take`);
};

const overWhatStands = async (store: ChunkStore, guard: Guard, changes: Change[], refused: Set<ChunkId>) => {
  const left = changes.filter((change) => refused.has(changedId(change)));
  const stands = await store.read(guard.project, left.map(changedId));
  return left.map((change): Change => ({ ...change, over: overOf(stands.get(changedId(change))) }));
};

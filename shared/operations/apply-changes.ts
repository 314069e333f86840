import type { ChunkId, Side } from '../domain/chunk.ts';
import { FencedError, UnavailableError } from '../errors.ts';
import type { Change, Guard } from '../ports.ts';
import { overOf } from './reservation.ts';
import type { World } from './world.ts';

const TRIES = 3;

export const changedId = (change: Change): ChunkId =>
  change.kind === 'remove' ? change.chunk_id : change.chunk.chunk_id;

type Stores = Pick<World, 'graph' | 'vectors' | 'documents'>;

/**
 * Makes all changes of a document that this operation has reserved. A chunk that someone outside Lockstep touched in
 * between is looked at again and overwritten: the document's writer has the last word. Throws UnavailableError if
 * some changes still did not take, and FencedError if the reservation is gone: then it was the next writer.
 */
export const applyAll = async (world: Stores, side: Side, guard: Guard, changes: Change[]): Promise<void> => {
  let left = changes;
  for (let tries = 0; tries < TRIES; tries++) {
    const { refused } = await world[side].apply(guard, left);
    if (refused.length === 0) return;
    left = await overWhatStands(world, side, guard, left, new Set(refused));
  }
  throw new UnavailableError(side, 'partial', `${left.length} changes did not take`);
};

/** What stands is read before the head: if the document is still ours then, no later operation can have written it. */
const overWhatStands = async (
  world: Stores,
  side: Side,
  guard: Guard,
  changes: Change[],
  refused: Set<ChunkId>,
) => {
  const left = changes.filter((change) => refused.has(changedId(change)));
  const stands = await world[side].read(guard.project, left.map(changedId));
  await refuseWithoutReservation(world, guard);
  return left.map((change): Change => ({ ...change, over: overOf(stands.get(changedId(change))) }));
};

const refuseWithoutReservation = async ({ documents }: Stores, guard: Guard) => {
  const open = (await documents.head(guard.project, guard.file_path))?.open;
  const isOurs = open?.op_id === guard.op_id && open.version === guard.version && open.decision !== 'abort';
  if (!isOurs) throw new FencedError(`operation ${guard.op_id} no longer has ${guard.file_path} reserved`);
};

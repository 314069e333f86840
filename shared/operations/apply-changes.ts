import type { ChunkId, Side } from '../domain/chunk.ts';
import { FencedError, UnavailableError } from '../errors.ts';
import { type Change, changedId, type Guard } from '../ports.ts';
import { overOf } from './reservation.ts';
import type { World } from './world.ts';

const TRIES = 3;

type Stores = Pick<World, 'graph' | 'vectors' | 'documents'>;

/**
 * Makes all changes of a document that this operation has reserved. A chunk that someone outside Lockstep touched in
 * between is looked at again and overwritten: the document's writer has the last word. Throws UnavailableError
 * `partial` if some changes still did not take or may not have, and FencedError if the reservation is gone: then it was
 * the next writer.
 */
export const applyAll = async (world: Stores, side: Side, guard: Guard, changes: Change[]): Promise<void> => {
  const { refused } = await world[side].apply(guard, changes);
  if (refused.length > 0) await applyRest(world, side, guard, changes, refused).catch(throwAsPartial(side));
};

const applyRest = async (
  world: Stores,
  side: Side,
  guard: Guard,
  changes: Change[],
  first: ChunkId[],
): Promise<void> => {
  let [left, refused] = [changes, first];
  for (let tries = 1; tries < TRIES; tries++) {
    left = await overWhatStands(world, side, guard, left, new Set(refused));
    ({ refused } = await world[side].apply(guard, left));
    if (refused.length === 0) return;
  }
  throw new UnavailableError(side, 'partial', `${refused.length} changes did not take`);
};

/** The first try is in: after it nothing may be taken for "not applied", nor for "applied" because the first one is. */
const throwAsPartial = (side: Side) => (error: unknown) => {
  const isGone = error instanceof FencedError && error.version === undefined;
  if (isGone || (error instanceof UnavailableError && error.kind === 'partial')) throw error;
  throw new UnavailableError(side, 'partial', 'some changes may not have taken', { cause: error });
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

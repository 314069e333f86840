import type { ChunkId } from '../domain/chunk.ts';
import { FencedError, recordable } from '../errors.ts';
import { operationEvent } from './journal.ts';
import { removeStrays } from './remove-strays.ts';
import { eventsOf, type Reserved } from './reservation.ts';
import { endRepair } from './settle-repair.ts';
import type { World } from './world.ts';

/**
 * Ends a repair, or a restore, that met an error of whatever kind: once the graph is fenced, nothing of it can land
 * there any more, and what it left elsewhere is drift for the next scan. Where someone else has ended it already, points
 * that it inserted may have come too late. Allowed to fail: then the reservation stays, and settle does the same.
 */
export const endFailed = async (
  world: World,
  head: Reserved,
  error: unknown,
  inserted: ChunkId[] = [],
): Promise<void> => {
  const { project, file_path, open } = head;
  try {
    await world.graph.fence(project, file_path, open.op_id, open.version);
    await endRepair(world, head, recordable(error));
    await liftBeyond(world, head, error);
  } catch (second) {
    if (second instanceof FencedError) await takeBack(world, head, inserted).catch(() => undefined);
  }
};

/** A head behind the graph's version would have the next attempt fenced out too, and each one after it. */
const liftBeyond = async ({ documents }: World, head: Reserved, error: unknown) => {
  if (error instanceof FencedError && error.version !== undefined) await documents.lift(head, error.version);
};

/** What was proven before it was ended stays. */
const takeBack = async (world: World, head: Reserved, inserted: ChunkId[]) => {
  const { stream, position } = operationEvent(eventsOf(head), 'repair_completed');
  if (inserted.length > 0 && !(await world.events.get(stream, position)))
    await removeStrays(world, head, inserted);
};

import { FencedError, recordable } from '../errors.ts';
import type { Reserved } from './reservation.ts';
import { endRepair } from './settle-repair.ts';
import type { World } from './world.ts';

/**
 * Ends a repair, or a restore, that met an error of whatever kind: once the graph is fenced, nothing of it can land
 * there any more, and what it left elsewhere is drift for the next scan. Allowed to fail: then the reservation stays,
 * and settle does the same.
 */
export const endFailed = async (world: World, head: Reserved, error: unknown): Promise<void> => {
  const { project, file_path, open } = head;
  await world.graph
    .fence(project, file_path, open.op_id, open.version)
    .then(() => endRepair(world, head, recordable(error)))
    .then(() => liftBeyond(world, head, error))
    .catch(() => undefined);
};

/** A head behind the graph's version would have the next attempt fenced out too, and each one after it. */
const liftBeyond = async ({ documents }: World, head: Reserved, error: unknown) => {
  if (error instanceof FencedError && error.version !== undefined) await documents.lift(head, error.version);
};

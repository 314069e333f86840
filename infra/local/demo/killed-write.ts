import type { World } from '../../../shared/operations/world.ts';
import { writeDocument } from '../../../shared/operations/write-document.ts';
import type { WriteRequest } from '../../../shared/operations/write-request.ts';

/** Resolves when the graph has committed. */
export interface KilledWrite {
  committed: Promise<void>;
}

/**
 * A writer that dies between the two stores: its graph transaction commits, and then it never does anything again.
 * Nobody else is told; settle must find out by evidence.
 */
export const killBetweenStores = (world: World, request: WriteRequest): KilledWrite => {
  const forEver = new Promise<never>(() => undefined);
  let died = () => {};
  const committed = new Promise<void>((resolve) => {
    died = resolve;
  });
  const vectors = {
    ...world.vectors,
    apply: () => {
      died();
      return forEver;
    },
  };
  void writeDocument({ ...world, vectors }, request).catch(died);
  return { committed };
};

import type { DriftItem, DriftStatus } from '../domain/project.ts';
import type { Page, Paged } from '../ports.ts';
import { projectOrFail } from './query-projects.ts';
import type { World } from './world.ts';

export interface DriftFilter {
  status?: DriftStatus;
  type?: string;
  scan_id?: string;
}

export const queryDrifts = async (world: World, name: string, filter: DriftFilter, page: Page) => {
  await projectOrFail(world, name);
  const { items, ...rest } = await world.drifts.list(name, filter, page);
  return { items: items.map(driftOnWire), ...rest } satisfies Paged<unknown>;
};

/** A drift without what only the next repair needs to know of it. */
export const driftOnWire = (item: DriftItem) => {
  const { chunk_id, type, cause, file_path, scan_id, first_seen, last_seen, depth, status } = item;
  const { reason, action } = item;
  return {
    chunk_id,
    type,
    cause,
    file_path,
    scan_id,
    first_seen,
    last_seen,
    depth,
    status,
    ...(reason ? { reason } : {}),
    ...(action ? { action } : {}),
  };
};

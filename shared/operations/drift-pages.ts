import { isChunkId } from '../domain/chunk.ts';
import type { DriftItem } from '../domain/project.ts';
import type { World } from './world.ts';

const PAGE = 500;

/** The items of a scan that still stand and that a repair can be asked for, by an id that a chunk can have. */
export async function* standingDrifts(
  world: Pick<World, 'drifts'>,
  project: string,
  scan_id: string,
): AsyncGenerator<DriftItem[]> {
  for await (const items of driftPages(world, project, { scan_id })) {
    const standing = items.filter((item) => isStanding(item) && isChunkId(item.chunk_id));
    if (standing.length > 0) yield standing;
  }
}

const isStanding = ({ status }: DriftItem) => status === 'open' || status === 'waiting';

/** All items, in order of id. A store reads them all whatever the filter, so that several statuses are asked at once. */
export async function* driftPages(
  { drifts }: Pick<World, 'drifts'>,
  project: string,
  filter: { scan_id?: string } = {},
): AsyncGenerator<DriftItem[]> {
  let cursor: string | undefined;
  do {
    const page = await drifts.list(project, filter, { limit: PAGE, ...(cursor ? { cursor } : {}) });
    yield page.items;
    cursor = page.next_cursor;
  } while (cursor !== undefined);
}

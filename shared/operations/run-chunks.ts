import type { ChunkId } from '../domain/chunk.ts';
import type { RepairRun } from '../domain/project.ts';
import { repairRows } from './query-repairs.ts';
import type { World } from './world.ts';

/**
 * Keeps which chunks a run will be for, under a name of its own: what later scans see of them, or no longer see, does
 * not change what was released or approved.
 */
export const keepChunks = async (
  { repairs, ids }: Pick<World, 'repairs' | 'ids'>,
  project: string,
  pages: AsyncIterable<ChunkId[]>,
): Promise<{ list_id: string; count: number }> => {
  const list_id = ids.uuid();
  let [part, count] = [0, 0];
  for await (const page of pages) {
    if (page.length === 0) continue;
    await repairs.keepChunks(project, list_id, part++, page);
    count += page.length;
  }
  return { list_id, count };
};

/** The chunks that a run is for, a part at a time, in order of id. */
export async function* chunksOf(
  { repairs }: Pick<World, 'repairs'>,
  { project, list_id }: Pick<RepairRun, 'project' | 'list_id'>,
): AsyncGenerator<ChunkId[]> {
  if (list_id === undefined) return;
  for (let part = 0; ; part++) {
    const chunk_ids = await repairs.chunks(project, list_id, part);
    if (chunk_ids === undefined) return;
    yield chunk_ids;
  }
}

/** Those of a run's chunks that no row has ended yet. Rows come in order of id, as the chunks do. */
export async function* unendedChunks(
  world: Pick<World, 'repairs'>,
  run: RepairRun,
): AsyncGenerator<ChunkId[]> {
  const rows = repairRows(world, run);
  let row = (await rows.next()).value;
  for await (const chunk_ids of chunksOf(world, run)) {
    const left: ChunkId[] = [];
    for (const id of chunk_ids) {
      while (row && row.chunk_id < id) row = (await rows.next()).value;
      if (row?.chunk_id !== id || row.outcome === 'rate_limited') left.push(id);
    }
    if (left.length > 0) yield left;
  }
}

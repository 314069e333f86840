import { cut, inDocuments, type RunChunk, shareOf } from '../domain/lane.ts';
import type { RepairRun } from '../domain/project.ts';
import { repairRows } from './query-repairs.ts';
import type { World } from './world.ts';

type Pages = AsyncIterable<RunChunk[]>;

/** At most what one item holds, whatever strings others use for ids and paths. */
const PART = 150;

/**
 * Keeps which chunks a run will be for, under a name of its own: what later scans see of them, or no longer see, does
 * not change what was released or approved.
 */
export const keepChunks = async (
  { repairs, ids }: Pick<World, 'repairs' | 'ids'>,
  project: string,
  pages: Pages,
): Promise<{ list_id: string; count: number }> => {
  const list_id = ids.uuid();
  let [part, count] = [0, 0];
  for await (const page of pages) {
    for (const chunks of cut(page, PART)) await repairs.keepChunks(project, list_id, part++, chunks);
    count += page.length;
  }
  return { list_id, count };
};

/** As `keepChunks`, in so many shares, each with all chunks of its documents. Never more than a part of each in memory. */
export const keepShares = async (
  { repairs, ids }: Pick<World, 'repairs' | 'ids'>,
  project: string,
  shares: number,
  pages: Pages,
): Promise<{ list_id: string; shares: number[] }> => {
  const list_id = ids.uuid();
  const lists = Array.from({ length: shares }, () => ({ parts: 0, count: 0, waiting: [] as RunChunk[] }));
  const keep = async (list: (typeof lists)[number], share: number) => {
    await repairs.keepChunks(project, shareList(list_id, share), list.parts++, list.waiting);
    list.count += list.waiting.length;
    list.waiting = [];
  };
  for await (const page of pages)
    for (const chunk of page) {
      const share = shareOf(chunk.file_path, shares);
      const list = lists[share];
      if (list && list.waiting.push(chunk) === PART) await keep(list, share);
    }
  for (const [share, list] of lists.entries()) if (list.waiting.length > 0) await keep(list, share);
  return { list_id, shares: lists.map(({ count }) => count) };
};

const shareList = (list_id: string, share: number) => `${list_id}.${share}`;

/** The chunks that a run is for, a part at a time, in order of id. */
export const chunksOf = (
  world: Pick<World, 'repairs'>,
  { project, list_id }: Pick<RepairRun, 'project' | 'list_id'>,
): AsyncGenerator<RunChunk[]> => partsOf(world, project, list_id);

/** All of a share, in the order in which it is walked. */
export const chunksOfShare = async (
  world: Pick<World, 'repairs'>,
  { project, list_id = '' }: RepairRun,
  share: number,
): Promise<RunChunk[]> =>
  inDocuments((await Array.fromAsync(partsOf(world, project, shareList(list_id, share)))).flat());

async function* partsOf(
  { repairs }: Pick<World, 'repairs'>,
  project: string,
  list_id: string | undefined,
): AsyncGenerator<RunChunk[]> {
  if (list_id === undefined) return;
  for (let part = 0; ; part++) {
    const chunks = await repairs.chunks(project, list_id, part);
    if (chunks === undefined) return;
    yield chunks;
  }
}

/** Those of a run's chunks that no row has ended yet. Rows come in order of id, as the chunks do. */
export async function* unendedChunks(
  world: Pick<World, 'repairs'>,
  run: RepairRun,
): AsyncGenerator<RunChunk[]> {
  const rows = repairRows(world, run);
  let row = (await rows.next()).value;
  for await (const chunks of chunksOf(world, run)) {
    const left: RunChunk[] = [];
    for (const chunk of chunks) {
      while (row && row.chunk_id < chunk.chunk_id) row = (await rows.next()).value;
      if (row?.chunk_id !== chunk.chunk_id || row.outcome === 'rate_limited') left.push(chunk);
    }
    if (left.length > 0) yield left;
  }
}

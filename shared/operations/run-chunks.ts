import type { KeptList } from '../domain/ending.ts';
import { cut, emptyList, inDocuments, type RunChunk, shareOf } from '../domain/lane.ts';
import type { RepairRun } from '../domain/project.ts';
import { repairRows } from './query-repairs.ts';
import type { World } from './world.ts';

/** At most what one item holds, whatever strings others use for ids and paths. */
const PART = 150;
const PARTS_AT_ONCE = 16;

/**
 * Keeps which chunks a run will be for, under a name of its own: what later scans see of them, or no longer see, does
 * not change what was released or approved.
 */
export const keepChunks = async (
  world: Pick<World, 'repairs' | 'ids'>,
  project: string,
  chunks: RunChunk[],
): Promise<{ list_id: string }> => {
  const { list_id } = await keepMore(world, project, emptyList(world.ids.uuid(), 0), chunks);
  return { list_id };
};

/**
 * Keeps more of a list, in shares or not, behind what it says of itself, and answers what it says then. Where that is not
 * remembered, whoever comes next begins where this began, under a higher fence: what has been kept here is overwritten, or
 * lies behind the end.
 */
export const keepMore = async (
  { repairs }: Pick<World, 'repairs'>,
  project: string,
  list: KeptList,
  chunks: RunChunk[],
  fence = 0,
): Promise<KeptList> => {
  const next: KeptList = { ...list, parts: [...list.parts], counts: [...list.counts] };
  const shares = Map.groupBy(chunks, (chunk) => (list.isShared ? shareOf(chunk, list.parts.length) : 0));
  const puts = [...shares].flatMap(([share, of]) => {
    const name = list.isShared ? shareList(list.list_id, share) : list.list_id;
    const from = next.parts[share] ?? 0;
    const parts = cut(of, PART);
    next.parts[share] = from + parts.length;
    next.counts[share] = (next.counts[share] ?? 0) + of.length;
    return parts.map((part, at) => () => repairs.keepChunks(project, name, from + at, part, fence));
  });
  for (const some of cut(puts, PARTS_AT_ONCE)) await Promise.all(some.map((put) => put()));
  return next;
};

const shareList = (list_id: string, share: number) => `${list_id}.${share}`;

/** The chunks that a run is for, a part at a time, in order of id. */
export const chunksOf = (
  world: Pick<World, 'repairs'>,
  { project, list_id, accepted }: Pick<RepairRun, 'project' | 'list_id' | 'accepted'>,
): AsyncGenerator<RunChunk[]> => partsOf(world, project, list_id, accepted);

/** All of a share, in the order in which it is walked. */
export const chunksOfShare = async (
  world: Pick<World, 'repairs'>,
  { project, list_id = '', shares = [] }: RepairRun,
  share: number,
): Promise<RunChunk[]> => {
  const parts = partsOf(world, project, shareList(list_id, share), shares[share] ?? 0);
  return inDocuments((await Array.fromAsync(parts)).flat());
};

/** Up to the count that the run was started with: what lies behind it was kept by somebody who was overtaken. */
async function* partsOf(
  { repairs }: Pick<World, 'repairs'>,
  project: string,
  list_id: string | undefined,
  count: number,
): AsyncGenerator<RunChunk[]> {
  if (list_id === undefined) return;
  for (let [part, told] = [0, 0]; told < count; ) {
    const atOnce = Math.min(PARTS_AT_ONCE, Math.ceil((count - told) / PART));
    const parts = Array.from({ length: atOnce }, () => repairs.chunks(project, list_id, part++));
    for (const chunks of await Promise.all(parts)) {
      if (chunks === undefined) return;
      told += chunks.length;
      yield chunks;
    }
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

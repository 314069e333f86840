import { randomUUID } from 'node:crypto';
import { emptyList, type RunChunk } from '../../shared/domain/lane.ts';
import type { RepairRun } from '../../shared/domain/project.ts';
import { NOTHING_YET } from '../../shared/operations/release-repairs.ts';
import { keepMore } from '../../shared/operations/run-chunks.ts';
import type { LocalWorld } from './world.ts';

/** Starts a run in one share, as a person approves one whose chunks' points are lost; returns its id. */
export const requestShare = async (local: LocalWorld, chunks: RunChunk[]): Promise<string> => {
  const { world, project } = local;
  const meant = chunks.map((chunk): RunChunk => ({ ...chunk, action: 'copy_to_qdrant' }));
  const { list_id, counts: shares } = await keepMore(world, project, emptyList(randomUUID(), 1), meant);
  const ids = chunks.map(({ chunk_id }) => chunk_id);
  return await requestRun(local, ids, {
    ...{ list_id, shares, named: false, approved: { copy_to_qdrant: ids.length } },
  });
};

/** Starts a run for chunks that a person has named; returns its id. */
export const requestRun = async (
  { world, project }: LocalWorld,
  chunk_ids: string[],
  more: Partial<RepairRun> = {},
): Promise<string> => {
  const repair_id = randomUUID();
  await world.repairs.start({
    project,
    repair_id,
    correlation_id: randomUUID(),
    named: true,
    status: 'running',
    accepted: chunk_ids.length,
    started_at: new Date(world.clock.now()).toISOString(),
    counts: NOTHING_YET,
    ...more,
  });
  return repair_id;
};

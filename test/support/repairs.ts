import { randomUUID } from 'node:crypto';
import type { RunChunk } from '../../shared/domain/lane.ts';
import type { RepairRun } from '../../shared/domain/project.ts';
import { NOTHING_YET } from '../../shared/operations/release-repairs.ts';
import { keepShares } from '../../shared/operations/run-chunks.ts';
import type { LocalWorld } from './world.ts';

/** Starts a run in one share, as a person approves one whose chunks' points are lost; returns its id. */
export const requestShare = async (local: LocalWorld, chunks: RunChunk[]): Promise<string> => {
  async function* pages() {
    yield chunks.map((chunk): RunChunk => ({ ...chunk, action: 'copy_to_qdrant' }));
  }
  const list = await keepShares(local.world, local.project, 1, pages());
  const ids = chunks.map(({ chunk_id }) => chunk_id);
  return await requestRun(local, ids, { ...list, named: false, approved: { copy_to_qdrant: ids.length } });
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

import { randomUUID } from 'node:crypto';
import type { RepairRun } from '../../shared/domain/project.ts';
import { NOTHING_YET } from '../../shared/operations/release-repairs.ts';
import type { LocalWorld } from './world.ts';

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

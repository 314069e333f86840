import type { ChunkId } from '../domain/chunk.ts';
import type { RepairRow } from '../domain/project.ts';
import { keepPace, timedWorld } from './pace-repairs.ts';
import { recordRows } from './record-rows.ts';
import type { Case } from './repair-case.ts';
import { repairCases } from './repair-cases.ts';
import { repairShare } from './repair-share.ts';
import type { Round } from './round.ts';
import type { World } from './world.ts';

export interface RepairRequest {
  project: string;
  repair_id: string;
  chunk_ids: ChunkId[];
  /** Instead of chunks: a share of the run, which goes the bulk lane. */
  share?: number;
  /** Who asks: the owner of a breaker's probe, and of a share's lease. */
  caller: string;
  remainingMs?: () => number;
}

/**
 * Repairs a batch of a run, or a share of it. Level-based: it re-reads the world, so a late or repeated doorbell finds
 * nothing to do. Returns what became of each chunk.
 */
export const repairBatch = async (world: World, request: RepairRequest): Promise<RepairRow[]> => {
  const [run, project] = await Promise.all([
    world.repairs.get(request.project, request.repair_id),
    world.projects.get(request.project),
  ]);
  if (!run || !project) return [];
  const { caller, share, remainingMs = () => Number.POSITIVE_INFINITY } = request;
  if (share !== undefined) return await repairShare({ world, run, project, caller, share, remainingMs });
  const [settings, paced] = await Promise.all([
    world.projects.settings(request.project),
    world.limits.pace(request.project),
  ]);
  const timed = timedWorld(world);
  const { pace } = paced;
  const round: Round = { world: timed.world, run, project, settings, caller, pace, permits: new Map() };
  const rows = await repairChunks(round, request.chunk_ids);
  await keepPace(world, request.project, paced, timed.latencies);
  return rows;
};

const repairChunks = async (round: Round, chunk_ids: ChunkId[]): Promise<RepairRow[]> => {
  const items = await round.world.drifts.get(round.project.project, chunk_ids);
  const cases = chunk_ids.map((chunk_id): Case => ({ chunk_id, item: items.get(chunk_id) }));
  const { rows, paths } = await repairCases(round, cases);
  await recordRows(round, rows, paths, items);
  return rows;
};

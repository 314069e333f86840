import type { BreakerDependency, Permit } from '../domain/breaker.ts';
import type { ChunkId } from '../domain/chunk.ts';
import type { Project, RepairRow, RepairRun } from '../domain/project.ts';
import type { Settings } from '../domain/settings.ts';
import { FencedError, messageOf, UnavailableError } from '../errors.ts';
import { actAndProve } from './act.ts';
import { attemptGuards, embedderGuard, spendGuards, standingGuards } from './guards.ts';
import { judgeCases } from './judge-cases.ts';
import { recordRows } from './record-rows.ts';
import { type Case, failed, refuseAll, type Sifted } from './repair-case.ts';
import type { Reserved } from './reservation.ts';
import { tryReserve } from './reserve.ts';
import { endRepair } from './settle-repair.ts';
import { timestamp, type World } from './world.ts';

export interface RepairRequest {
  project: string;
  repair_id: string;
  chunk_ids: ChunkId[];
  /** Who asks: the owner of a breaker's probe. */
  caller: string;
}

/** Everything that holds for one batch of a run. */
export interface Round {
  world: World;
  run: RepairRun;
  project: Project;
  settings: Settings;
  caller: string;
  /** What the breakers have granted to this round. */
  permits: Map<BreakerDependency, Permit>;
}

const REPAIR_SECONDS = 60;

/**
 * Repairs a batch of a run, document by document, through every guard of DESIGN §5 in its order. Level-based: it
 * re-reads the world, so a late or repeated doorbell finds nothing to do. Returns what became of each chunk.
 */
export const repairBatch = async (world: World, request: RepairRequest): Promise<RepairRow[]> => {
  const [run, project] = await Promise.all([
    world.repairs.get(request.project, request.repair_id),
    world.projects.get(request.project),
  ]);
  if (!run || !project) return [];
  const settings = await world.projects.settings(request.project);
  const round: Round = { world, run, project, settings, caller: request.caller, permits: new Map() };
  const items = await world.drifts.get(request.project, request.chunk_ids);
  const cases = request.chunk_ids.map((chunk_id): Case => ({ chunk_id, item: items.get(chunk_id) }));
  const standing = await standingGuards(round, { cases, refused: [] });
  const judged = await judgeCases(round, standing);
  const rows: RepairRow[] = [...judged.sifted.refused];
  for (const [file_path, ofDocument] of judged.byPath) {
    const outcome = await repairDocument(round, file_path, ofDocument.head, {
      cases: ofDocument.cases,
      refused: [],
    });
    rows.push(...outcome);
  }
  await recordRows(round, rows, judged.paths, items);
  return rows;
};

/** One document: reserved at the very head that the look stood at, so that nothing came in between. */
const repairDocument = async (
  round: Round,
  file_path: string,
  seen: Parameters<typeof tryReserve>[1],
  sifted: Sifted,
): Promise<RepairRow[]> => {
  const { world, run, project } = round;
  const head = await tryReserve(world, seen, {
    project: project.project,
    file_path,
    kind: 'repair',
    correlation_id: run.correlation_id,
    deadlineSeconds: REPAIR_SECONDS,
  });
  if (!head) return refuseAll(sifted, 'in_flight').refused;
  return await whileReserved(round, head, sifted);
};

const whileReserved = async (round: Round, head: Reserved, sifted: Sifted): Promise<RepairRow[]> => {
  const { world } = round;
  let left = sifted;
  try {
    left = await attemptGuards(round, embedderGuard(round, left));
    const spent = await spendGuards(round, left);
    if (spent.cases.length === 0) {
      await world.documents.close(head, timestamp(world));
      return spent.refused;
    }
    return [...spent.refused, ...(await actAndProve(round, head, spent.cases))];
  } catch (error) {
    if (error instanceof FencedError) return left.cases.map((one) => failed(one, 'fenced out'));
    if (!(error instanceof UnavailableError)) throw error;
    await endFailed(world, head, error);
    return left.cases.map((one) => failed(one, messageOf(error)));
  }
};

/**
 * Ends a repair whose outcome is unknown: once the graph is fenced, nothing of it can land there any more, and what it
 * left elsewhere is drift for the next scan. If that fails too, the reservation stays and settle does the same.
 */
const endFailed = async (world: World, head: Reserved, error: UnavailableError): Promise<void> => {
  const { project, file_path, open } = head;
  try {
    await world.graph.fence(project, file_path, open.op_id, open.version);
    await endRepair(world, head, messageOf(error));
  } catch (second) {
    if (!(second instanceof UnavailableError || second instanceof FencedError)) throw second;
  }
};

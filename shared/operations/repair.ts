import type { ChunkId } from '../domain/chunk.ts';
import type { RepairRow } from '../domain/project.ts';
import { recordable } from '../errors.ts';
import { actAndProve } from './act.ts';
import { endFailed } from './end-failed.ts';
import { attemptGuards, embedderGuard, spendGuards, standingGuards } from './guards.ts';
import { judgeCases } from './judge-cases.ts';
import { recordRows } from './record-rows.ts';
import { type Case, failed, refuseAll, type Sifted } from './repair-case.ts';
import { insertedBy } from './repair-changes.ts';
import type { Reserved } from './reservation.ts';
import { tryReserve } from './reserve.ts';
import type { Round } from './round.ts';
import { timestamp, type World } from './world.ts';

export interface RepairRequest {
  project: string;
  repair_id: string;
  chunk_ids: ChunkId[];
  /** Who asks: the owner of a breaker's probe. */
  caller: string;
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

/** Whatever goes wrong ends the reservation, or leaves it to settle, and gives every chunk a row: so the run can end. */
const whileReserved = async (round: Round, head: Reserved, sifted: Sifted): Promise<RepairRow[]> => {
  const { world } = round;
  let left = sifted;
  try {
    const ids = left.cases.map(({ chunk_id }) => chunk_id);
    const histories = await world.drifts.history(head.project, head.file_path, ids);
    left = await attemptGuards(round, embedderGuard(round, left), histories);
    left = await spendGuards(round, left);
    if (left.cases.length > 0)
      return [...left.refused, ...(await actAndProve(round, head, left.cases, histories))];
    await world.documents.close(head, timestamp(world));
    return left.refused;
  } catch (error) {
    await endFailed(world, head, error, insertedBy(left.cases));
    return [...left.refused, ...left.cases.map((one) => failed(one, recordable(error)))];
  }
};

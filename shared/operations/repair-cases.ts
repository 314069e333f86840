import { cut } from '../domain/lane.ts';
import type { RepairRow } from '../domain/project.ts';
import { recordable } from '../errors.ts';
import { actAndProve } from './act.ts';
import { endFailed } from './end-failed.ts';
import { attemptGuards, embedderGuard, spendGuards, standingGuards } from './guards.ts';
import { type Judged, judgeCases } from './judge-cases.ts';
import { type Case, failed, refuseAll, type Sifted } from './repair-case.ts';
import { insertedBy } from './repair-changes.ts';
import type { Reserved } from './reservation.ts';
import { tryReserve } from './reserve.ts';
import type { Round } from './round.ts';
import { timestamp } from './world.ts';

const REPAIR_SECONDS = 60;
const DOCUMENTS_AT_ONCE = 5;

/** Takes cases of a run through every guard of DESIGN §5 in its order, document by document, and acts on what is left. */
export const repairCases = async (
  round: Round,
  cases: Case[],
): Promise<{ rows: RepairRow[]; paths: Judged['paths'] }> => {
  const standing = await standingGuards(round, { cases, refused: [] });
  const judged = await judgeCases(round, standing);
  const rows: RepairRow[] = [...judged.sifted.refused];
  for (const documents of cut([...judged.byPath], DOCUMENTS_AT_ONCE)) {
    const repairs = documents.map(([file_path, of]) =>
      repairDocument(round, file_path, of.head, { cases: of.cases, refused: [] }),
    );
    rows.push(...(await Promise.all(repairs)).flat());
  }
  return { rows, paths: judged.paths };
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

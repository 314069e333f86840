import { nextAttemptAt } from '../domain/backoff.ts';
import type { BreakerDependency } from '../domain/breaker.ts';
import type { ChunkId } from '../domain/chunk.ts';
import { documentPosition, documentStream } from '../domain/event.ts';
import { isOld, NO_HISTORY, type RepairHistory } from '../domain/project.ts';
import type { Reason } from '../domain/reason.ts';
import { askBreaker } from './breaker-use.ts';
import { budgetGuards } from './budgets.ts';
import { recordOnce } from './journal.ts';
import { otherIdentity, otherModel } from './register-project.ts';
import { type Case, failed, refuseAll, type Sifted, sift } from './repair-case.ts';
import type { Round } from './round.ts';

const LOOP = { repairs: 3, withinMs: 24 * 3_600_000 } as const;

/** The guards that need no look at the chunks: release and identity, mode, threshold. */
export const standingGuards = async (round: Round, sifted: Sifted): Promise<Sifted> => {
  const { world, run, project, settings } = round;
  if (project.read_only || (await otherIdentity(world, project))) return refuseAll(sifted, 'needs_approval');
  const approval = await world.projects.approval(project.project);
  if (approval && !run.approved && !run.named) return refuseAll(sifted, 'needs_approval');
  if (settings.mode === 'observe') return refuseAll(sifted, 'observe');
  if (settings.mode === 'plan' && !run.approved && !run.named) return refuseAll(sifted, 'needs_approval');
  const isAbove = run.named || run.approved !== undefined || (await isAboveThreshold(round));
  const now = world.clock.now();
  const isDue = ({ item }: Case) =>
    item?.first_seen !== undefined && isOld({ first_seen: item.first_seen }, settings, now);
  return isAbove ? sifted : sift(sifted, (one) => (isDue(one) ? undefined : 'below_threshold'));
};

const isAboveThreshold = async ({ world, run, settings }: Round): Promise<boolean> => {
  const scan = run.scan_id ? await world.scans.get(run.project, run.scan_id) : undefined;
  return (scan?.drift_percentage ?? 0) > settings.auto_repair_above_percent;
};

/** Attempts, backoff and loops, chunk by chunk. */
export const attemptGuards = async (
  round: Round,
  sifted: Sifted,
  histories: Map<ChunkId, RepairHistory>,
): Promise<Sifted> => {
  const { world, settings, run } = round;
  const now = world.clock.now();
  const next = sift(sifted, ({ chunk_id }) =>
    reasonAgainst(
      histories.get(chunk_id) ?? NO_HISTORY,
      run.named ? Infinity : settings.attempts_per_chunk,
      now,
    ),
  );
  const loops = next.refused.filter(({ reason }) => reason === 'loop').map(({ chunk_id }) => chunk_id);
  await recordLoops(round, sifted, loops);
  return next;
};

const reasonAgainst = (history: RepairHistory, most: number, now: number): Reason | undefined => {
  const recent = history.repaired_at.filter((at) => now - Date.parse(at) < LOOP.withinMs);
  if (recent.length >= LOOP.repairs) return 'loop';
  if (history.attempts >= most) return 'attempts_exhausted';
  const last = history.last_attempt_at ? Date.parse(history.last_attempt_at) : 0;
  return nextAttemptAt(history.attempts, last) > now ? 'backoff' : undefined;
};

const recordLoops = async ({ world, run, project }: Round, { cases }: Sifted, loops: string[]) => {
  for (const { chunk_id, look, item } of cases.filter((one) => loops.includes(one.chunk_id))) {
    const file_path = item?.file_path ?? look?.graph?.file_path ?? look?.vectors?.file_path ?? '';
    const stream = documentStream(project.project, file_path);
    const position = documentPosition(0, 'repair_loop_detected', `${run.repair_id}#${chunk_id}`);
    const place = {
      project: project.project,
      correlation_id: run.correlation_id,
      stream,
      position,
      file_path,
    };
    await recordOnce(world, 'repair_loop_detected', place, {
      status: 'parked',
      metadata: { chunk_id },
      neo4j_id: chunk_id,
    });
  }
};

/** Breakers, rate, run and day: each spends nothing for what a guard before it has refused. */
export const spendGuards = async (round: Round, sifted: Sifted): Promise<Sifted> => {
  return await budgetGuards(round, await breakerGuard(round, sifted));
};

/** Without the project's own embedder no vector can be made: it fails before anything is spent on it. */
export const embedderGuard = ({ world, project }: Round, { cases, refused }: Sifted): Sifted => {
  const problem = otherModel(world.embedder, project);
  if (problem === undefined) return { cases, refused };
  const needy = cases.filter((one) => dependenciesOf(one).includes('embedder'));
  return {
    cases: cases.filter((one) => !needy.includes(one)),
    refused: [...refused, ...needy.map((one) => failed(one, problem))],
  };
};

/** What an act uses: both sides always, since both are read back; the embedder where a vector may be made. */
export const dependenciesOf = ({ verdict }: Case): BreakerDependency[] => {
  const makesVector = verdict && verdict.action !== 'delete_orphan' && verdict.to.includes('vectors');
  return makesVector && verdict.action !== 'reconcile_metadata'
    ? ['graph', 'vectors', 'embedder']
    : ['graph', 'vectors'];
};

const breakerGuard = async (round: Round, sifted: Sifted): Promise<Sifted> => {
  const used = [...new Set(sifted.cases.flatMap(dependenciesOf))];
  for (const dependency of used)
    if (!round.permits.has(dependency)) round.permits.set(dependency, askBreaker(round, dependency));
  const permits = await Promise.all(used.map((dependency) => round.permits.get(dependency)));
  const closed = new Set(permits.flatMap((permit) => (permit?.allowed ? [permit.dependency] : [])));
  return sift(sifted, (one) =>
    dependenciesOf(one).every((dependency) => closed.has(dependency)) ? undefined : 'breaker_open',
  );
};

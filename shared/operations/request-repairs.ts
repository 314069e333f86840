import type { ChunkId } from '../domain/chunk.ts';
import type { Project, RepairRow, RepairRun } from '../domain/project.ts';
import type { Reason } from '../domain/reason.ts';
import type { Settings } from '../domain/settings.ts';
import { ConflictError, UnavailableError } from '../errors.ts';
import { type DecisionRequest, decideApproval } from './approval.ts';
import { judgeNamed, type NamedCase, type NamedChunks } from './plan-repairs.ts';
import { projectOrFail } from './query-projects.ts';
import { NOTHING_YET, ringRepairs } from './release-repairs.ts';
import { keepChunks } from './run-chunks.ts';
import { timestamp, type World } from './world.ts';

export interface RepairsAccepted {
  repair_id: string | null;
  correlation_id: string;
  accepted: number;
  skipped: { chunk_id: ChunkId; reason: Reason }[];
}

/**
 * Asks for repairs of named chunks: they skip threshold and release, and no other guard. What needs no repair, or
 * can't have one, is answered at once. Throws ConflictError `observe` where the project only observes.
 */
export const requestRepairs = async (
  world: World,
  request: NamedChunks & { correlation_id: string },
): Promise<RepairsAccepted> => {
  const { project, settings, cases } = await judgeNamed(world, request);
  if (isObserving(project, settings))
    throw observing(project, 'with dry_run: true you are told what would be done', 'dry_run');
  const skipped = cases.flatMap(refusal);
  const refused = new Set(skipped.map(({ chunk_id }) => chunk_id));
  const accepted = cases.filter(({ chunk_id }) => !refused.has(chunk_id));
  const run = await startRun(world, request, accepted);
  await ringOrFail(world, run, accepted);
  const { repair_id, correlation_id } = run;
  return { repair_id, correlation_id, accepted: accepted.length, skipped };
};

/** A write under way may end meanwhile, or be found dead and settled: that is for the repair to see. */
const refusal = ({ chunk_id, verdict }: NamedCase): RepairsAccepted['skipped'] =>
  verdict.action === 'skip' && verdict.reason !== 'in_flight' ? [{ chunk_id, reason: verdict.reason }] : [];

const isObserving = ({ read_only }: Project, { mode }: Settings) => read_only || mode === 'observe';

/** Says the way out, which differs: a project that is read-only has none. */
const observing = ({ project, read_only }: Project, further: string, field: string) => {
  const why = read_only
    ? `project "${project}" is registered as read-only: nothing in it is ever repaired`
    : `project "${project}" is in mode observe: set its mode to plan or auto before anything is repaired`;
  return new ConflictError(`${why}; ${further}`, 'observe', { field });
};

const startRun = async (
  world: World,
  { project, correlation_id, authority }: NamedChunks & { correlation_id: string },
  cases: NamedCase[],
): Promise<RepairRun> => {
  const now = timestamp(world);
  const accepted = cases.length;
  const list = accepted > 0 ? await keepNamed(world, project, cases) : {};
  const { run } = await world.repairs.start({
    project,
    repair_id: world.ids.uuid(),
    correlation_id,
    named: true,
    ...list,
    ...(authority ? { authority } : {}),
    status: accepted > 0 ? 'running' : 'completed',
    accepted,
    started_at: now,
    ...(accepted > 0 ? {} : { completed_at: now }),
    counts: NOTHING_YET,
  });
  return run;
};

/** So that the tick rings again for those whose doorbells got lost: it reads them in order of id. */
const keepNamed = async (world: World, project: string, cases: NamedCase[]) => {
  const named = cases
    .map(({ chunk_id, file_path }) => ({ chunk_id, file_path }))
    .sort((a, b) => (a.chunk_id < b.chunk_id ? -1 : 1));
  return await keepChunks(world, project, named);
};

/** Who asked is told that it failed: if the bus fails, the run ends here. */
const ringOrFail = async (world: World, run: RepairRun, cases: NamedCase[]): Promise<void> => {
  try {
    await ringRepairs(world, run, cases);
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    const rows = cases.map(
      ({ chunk_id }): RepairRow => ({ chunk_id, outcome: 'failed', error: 'not asked for' }),
    );
    await world.repairs.record(run.project, run.repair_id, rows, timestamp(world));
    throw error;
  }
};

/** A person's decision about the open request; only a foreign identity can be approved while the project observes. */
export const decideRepairs = async (world: World, request: DecisionRequest): Promise<RepairsAccepted> => {
  const project = await projectOrFail(world, request.project);
  const approval = await world.projects.approval(request.project);
  const settings = await world.projects.settings(request.project);
  const isRelease = request.decision === 'approve' && approval?.reason !== 'identity';
  if (isRelease && isObserving(project, settings))
    throw observing(project, 'the request stays open until then', 'decision');
  const run = await decideApproval(world, request);
  const { correlation_id } = request;
  return { repair_id: run?.repair_id ?? null, correlation_id, accepted: run?.accepted ?? 0, skipped: [] };
};

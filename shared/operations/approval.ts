import { createHash } from 'node:crypto';
import { derivedId } from '../domain/derived-id.ts';
import type { DriftType } from '../domain/drift.ts';
import { documentPosition, projectStream } from '../domain/event.ts';
import type { Approval, Project, RepairRun } from '../domain/project.ts';
import type { Scan } from '../domain/scan.ts';
import { blastRadius } from '../domain/sums.ts';
import type { Action } from '../domain/verdict.ts';
import { NotFoundError } from '../errors.ts';
import { releasableDrifts } from './drift-pages.ts';
import { recordOnce } from './journal.ts';
import { NOTHING_YET, ringRepairs } from './release-repairs.ts';
import { ring } from './ring.ts';
import { timestamp, type World } from './world.ts';

/** Opens the project's one request: nothing is repaired until a person has decided about this very plan. */
export const requestApproval = async (world: World, scan: Scan): Promise<void> => {
  const plan = await planOf(world, scan);
  const approval: Approval = {
    approval_id: scan.scan_id,
    scan_id: scan.scan_id,
    plan_hash: plan.hash,
    reason: scan.error?.kind ?? blastRadius(scan.sums) ?? 'plan',
    since: scan.completed_at ?? timestamp(world),
    verdicts: plan.verdicts,
  };
  await world.projects.requestApproval(scan.project, approval);
  await recordOnce(
    world,
    'approval_requested',
    eventPlace(scan.project, scan.correlation_id, 'approval_requested', approval),
    {
      status: 'waiting',
      metadata: { ...approval },
    },
  );
  const { project, correlation_id, scan_id } = scan;
  await ring(world, [
    { type: 'ApprovalRequired', project, correlation_id, scan_id, approval_id: approval.approval_id },
  ]);
};

/** The hash of every chunk with its verdict and evidence, in order, and how many of each verdict there are. */
const planOf = async (world: World, scan: Scan) => {
  const hash = createHash('sha256').update(`${scan.scan_id}\n${scan.error?.kind ?? ''}\n`);
  const verdicts: Approval['verdicts'] = {};
  for await (const items of releasableDrifts(world, scan.project, scan.scan_id))
    for (const { chunk_id, action, type, evidence } of items) {
      const verdict = action ?? LIKELY[type] ?? 'skip';
      hash.update(`${chunk_id} ${verdict} ${evidence}\n`);
      verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
    }
  return { hash: hash.digest('hex').slice(0, 32), verdicts };
};

/** Suspected ids have no verdict yet: what their type most likely leads to, for the counts that a person approves. */
const LIKELY: Partial<Record<DriftType, Action>> = {
  missing_in_qdrant: 'copy_to_qdrant',
  missing_in_neo4j: 'copy_to_neo4j',
  content_mismatch: 'reconcile_content',
  deleted_but_present: 'delete_orphan',
};

const eventPlace = (
  project: string,
  correlation_id: string,
  type: 'approval_requested' | 'approval_given',
  { approval_id, plan_hash }: Pick<Approval, 'approval_id' | 'plan_hash'>,
) => ({
  project,
  correlation_id,
  stream: projectStream(project),
  position: documentPosition(0, type, `${approval_id}#${plan_hash}`),
});

export interface DecisionRequest {
  project: string;
  correlation_id: string;
  approval_id: string;
  plan_hash: string;
  decision: 'approve' | 'reject';
}

/**
 * A person's decision about the open request. Approved repairs run now, each judged again and never more of a kind
 * than were approved; a foreign identity is stamped anew. Throws ConflictError `approval_changed` if the request or
 * its plan is another by now.
 */
export const decideApproval = async (
  world: World,
  request: DecisionRequest,
): Promise<RepairRun | undefined> => {
  const project = await world.projects.get(request.project);
  if (project === undefined) throw new NotFoundError(`there is no project "${request.project}"`);
  const approval = await world.projects.endApproval(request.project, request.approval_id, request.plan_hash);
  const place = eventPlace(request.project, request.correlation_id, 'approval_given', request);
  const metadata = { decision: request.decision, scan_id: approval.scan_id, reason: approval.reason };
  await recordOnce(world, 'approval_given', place, { status: request.decision, metadata });
  if (request.decision === 'reject') return undefined;
  return approval.reason === 'identity'
    ? await adoptAgain(world, project)
    : await releaseApproved(world, request, approval);
};

const adoptAgain = async (world: World, project: Project): Promise<undefined> => {
  await Promise.all([world.graph.register(project), world.vectors.register(project)]);
};

const releaseApproved = async (
  world: World,
  request: DecisionRequest,
  approval: Approval,
): Promise<RepairRun> => {
  const accepted = Object.values(approval.verdicts).reduce((sum, count) => sum + count, 0);
  const { run } = await world.repairs.start({
    project: request.project,
    repair_id: derivedId(approval.approval_id, approval.plan_hash),
    correlation_id: request.correlation_id,
    scan_id: approval.scan_id,
    named: false,
    approved: approval.verdicts,
    status: accepted > 0 ? 'running' : 'completed',
    accepted,
    started_at: timestamp(world),
    counts: NOTHING_YET,
  });
  for await (const items of releasableDrifts(world, request.project, approval.scan_id))
    await ringRepairs(world, run, items);
  return run;
};

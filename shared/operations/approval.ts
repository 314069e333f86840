import { derivedId } from '../domain/derived-id.ts';
import type { Approval, ApprovalDecision, Project, RepairRun } from '../domain/project.ts';
import { ConflictError, NotFoundError } from '../errors.ts';
import { recordOnce } from './journal.ts';
import { NOTHING_YET, ringRun } from './release-repairs.ts';
import { approvalPlace } from './request-approval.ts';
import { timestamp, type World } from './world.ts';

export interface DecisionRequest {
  project: string;
  correlation_id: string;
  approval_id: string;
  plan_hash: string;
  decision: ApprovalDecision;
}

/**
 * A person's decision about the open request. Approved repairs run now, each judged again and never more of a kind
 * than were approved; a foreign identity is stamped anew. Throws ConflictError `approval_changed` if the request or
 * its plan is another by now, or it has been decided and carried out.
 */
export const decideApproval = async (
  world: World,
  request: DecisionRequest,
): Promise<RepairRun | undefined> => {
  const project = await world.projects.get(request.project);
  if (project === undefined) throw new NotFoundError(`there is no project "${request.project}"`);
  const { approval_id, plan_hash, decision } = request;
  const ended = await world.projects.endApproval(request.project, approval_id, plan_hash, decision);
  const { approval, outcome } = ended;
  const place = approvalPlace(request.project, request.correlation_id, 'approval_given', request);
  const metadata = { decision, scan_id: approval.scan_id, reason: approval.reason };
  await recordOnce(world, 'approval_given', place, { status: decision, metadata });
  if (outcome === 'repeated' && !(await isUnreleased(world, request, approval))) throw decided(request);
  if (decision === 'reject') return undefined;
  return approval.reason === 'identity'
    ? await adoptAgain(world, project)
    : await releaseApproved(world, request, approval);
};

const runOf = ({ approval_id, plan_hash }: Approval) => derivedId(approval_id, plan_hash);

/** What was approved and then failed before its run had begun is released when it is approved again. */
const isUnreleased = async (world: World, { project, decision }: DecisionRequest, approval: Approval) =>
  decision === 'approve' &&
  approval.reason !== 'identity' &&
  (await world.repairs.get(project, runOf(approval))) === undefined;

const decided = ({ project }: DecisionRequest) =>
  new ConflictError(`the approval request of "${project}" has been decided`, 'approval_changed');

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
    repair_id: runOf(approval),
    correlation_id: request.correlation_id,
    scan_id: approval.scan_id,
    ...(approval.list_id ? { list_id: approval.list_id } : {}),
    ...(approval.shares ? { shares: approval.shares } : {}),
    named: false,
    approved: approval.verdicts,
    status: accepted > 0 ? 'running' : 'completed',
    accepted,
    started_at: timestamp(world),
    counts: NOTHING_YET,
  });
  await ringRun(world, run);
  return run;
};

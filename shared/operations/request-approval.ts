import type { Listing, RepairPlan } from '../domain/ending.ts';
import { documentPosition, projectStream } from '../domain/event.ts';
import type { Approval } from '../domain/project.ts';
import type { Scan } from '../domain/scan.ts';
import { blastRadius } from '../domain/sums.ts';
import { isOfASide } from '../errors.ts';
import { tokensOfUnseen } from './embedding-cost.ts';
import { recordOnce } from './journal.ts';
import { ring } from './ring.ts';
import { timestamp, type World } from './world.ts';

/**
 * Opens the project's one request: nothing is repaired until a person has decided about this very plan. A scan that has
 * found what is asked for already asks for nothing new.
 */
export const requestApproval = async (world: World, scan: Scan, { plan, list }: Listing): Promise<void> => {
  const { project, correlation_id, scan_id } = scan;
  const reason = scan.error?.kind ?? blastRadius(scan.sums) ?? 'plan';
  const since = scan.completed_at ?? timestamp(world);
  const embedding_tokens = await estimated(world, project, plan);
  const of = { plan_hash: plan.digest, verdicts: plan.verdicts, embedding_tokens };
  const asked = { approval_id: scan_id, scan_id, reason, since, ...of };
  const shares = list.isShared ? { shares: list.counts } : {};
  const approval: Approval = { ...asked, list_id: list.list_id, ...shares };
  const standing = await world.projects.requestApproval(project, approval);
  if (standing?.approval_id !== asked.approval_id || standing.plan_hash !== asked.plan_hash) return;
  const place = approvalPlace(project, correlation_id, 'approval_requested', asked);
  await recordOnce(world, 'approval_requested', place, { status: 'waiting', metadata: asked });
  await ring(world, [
    { type: 'ApprovalRequired', project, correlation_id, scan_id, approval_id: asked.approval_id },
  ]);
};

/** What it would cost is worth knowing, but no reason not to ask: a side that is down leaves it unknown. */
const estimated = async (world: World, project: string, plan: RepairPlan): Promise<number | null> => {
  try {
    return plan.embedding_tokens + (await tokensOfUnseen(world, project, plan.unseen));
  } catch (error) {
    if (!isOfASide(error)) throw error;
    return null;
  }
};

export const approvalPlace = (
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

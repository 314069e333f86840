import { randomUUID } from 'node:crypto';
import type { Approval } from '../domain/project.ts';
import { ConflictError } from '../errors.ts';
import type { Projects } from '../ports.ts';
import { getItem, type Key, type StateHandle, updateIf } from './dynamodb-state.ts';

/** The newest request of a project; one that has ended stays, so that a late repetition does not open it again. */
interface ApprovalItem extends Key {
  approval: Approval;
  /** The call that ended it. */
  ended_by?: string;
}
export const approvalKey = (project: string): Key => ({ pk: `approval#${project}`, sk: 'approval' });

const isNone = 'attribute_not_exists(pk)';
const isOpen = 'attribute_not_exists(ended_by)';
const hasEnded = 'attribute_exists(ended_by)';
const isThisRequest = '#approval.#approval_id = :approval_id';
const isOtherRequest = '#approval.#approval_id <> :approval_id';
const isThisPlan = '#approval.#plan_hash = :plan_hash';
const isOtherPlan = '#approval.#plan_hash <> :plan_hash';
const isNotOlder = '#approval.#since <= :since';
/** A late repetition of a request neither opens it again after its end nor takes the place of a later one. */
const mayOpen = `${isNone} OR (${isNotOlder} AND ((${isOpen} AND ${isOtherPlan}) OR (${hasEnded} AND ${isOtherRequest})))`;

export const dynamoApprovals = (
  table: StateHandle,
): Pick<Projects, 'approval' | 'requestApproval' | 'endApproval'> => ({
  async approval(project) {
    const item = await getItem<ApprovalItem>(table, approvalKey(project), 'reading the approval');
    return item?.ended_by === undefined ? item?.approval : undefined;
  },

  async requestApproval(project, approval) {
    const { approval_id, plan_hash, since } = approval;
    const step = {
      update: 'SET #approval = :approval REMOVE ended_by',
      conditions: [mayOpen],
      values: {
        ':approval': approval,
        ':approval_id': approval_id,
        ':plan_hash': plan_hash,
        ':since': since,
      },
    };
    await updateIf(table, approvalKey(project), step, 'requesting an approval');
  },

  /** The client repeats a call whose answer was lost: by the name of the call it finds that it had been applied. */
  async endApproval(project, approval_id, plan_hash) {
    const call = randomUUID();
    const step = {
      update: 'SET ended_by = :call',
      conditions: [isThisRequest, isThisPlan, isOpen],
      values: { ':call': call, ':approval_id': approval_id, ':plan_hash': plan_hash },
    };
    const ended = await updateIf<ApprovalItem>(table, approvalKey(project), step, 'ending an approval');
    const item = ended ?? (await getItem<ApprovalItem>(table, approvalKey(project), 'reading the approval'));
    if (item?.ended_by !== call) throw changed(project);
    return item.approval;
  },
});

const changed = (project: string) =>
  new ConflictError(
    `the approval request of "${project}" has ended or is of another plan`,
    'approval_changed',
    { field: 'approval_id' },
  );

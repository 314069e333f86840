import { randomUUID } from 'node:crypto';
import type { Approval, ApprovalDecision } from '../domain/project.ts';
import { ConflictError } from '../errors.ts';
import type { Projects } from '../ports.ts';
import { getItem, type Key, type StateHandle, updateIf } from './dynamodb-state.ts';

/** The newest request of a project; one that has ended stays, so that a late repetition does not open it again. */
interface ApprovalItem extends Key {
  approval: Approval;
  /** The call that ended it. */
  ended_by?: string;
  decision?: ApprovalDecision;
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
): Pick<Projects, 'approval' | 'requestApproval' | 'endApproval'> => {
  const standing = async (project: string) => {
    const item = await getItem<ApprovalItem>(table, approvalKey(project), 'reading the approval');
    return item?.ended_by === undefined ? item?.approval : undefined;
  };

  return {
    approval: standing,

    async requestApproval(project, approval) {
      const { approval_id, plan_hash, since, scan_id } = approval;
      const values = { ':plan_hash': plan_hash, ':since': since };
      const opening = {
        update: 'SET #approval = :approval REMOVE ended_by, decision',
        conditions: [mayOpen],
        values: { ...values, ':approval': approval, ':approval_id': approval_id },
      };
      const following = {
        update: followingOf(approval),
        conditions: [isOpen, isThisPlan, isNotOlder],
        values: { ...values, ':scan_id': scan_id, ...newsOf(approval) },
      };
      (await updateIf(table, approvalKey(project), opening, 'requesting an approval')) ??
        (await updateIf(table, approvalKey(project), following, 'requesting an approval'));
      return await standing(project);
    },

    /** The client repeats a call whose answer was lost: by the name of the call it finds that it had been applied. */
    async endApproval(project, approval_id, plan_hash, decision) {
      const call = randomUUID();
      const step = {
        update: 'SET ended_by = :call, decision = :decision',
        conditions: [isThisRequest, isThisPlan, isOpen],
        values: {
          ':call': call,
          ':approval_id': approval_id,
          ':plan_hash': plan_hash,
          ':decision': decision,
        },
      };
      const key = approvalKey(project);
      const ended = await updateIf<ApprovalItem>(table, key, step, 'ending an approval');
      const item = ended ?? (await getItem<ApprovalItem>(table, key, 'reading the approval'));
      if (item?.ended_by === call) return { outcome: 'ended', approval: item.approval };
      const { approval } = item ?? {};
      const isThis = approval?.approval_id === approval_id && approval.plan_hash === plan_hash;
      if (!approval || !isThis || item?.decision !== decision) throw changed(project);
      return { outcome: 'repeated', approval };
    },
  };
};

/** The newer scan's list, in shares or not, takes the place of the older one's, and its estimate where it knows one. */
const followingOf = ({ list_id, shares, embedding_tokens }: Approval) => {
  const tokens = embedding_tokens === null ? '' : ', #approval.#embedding_tokens = :tokens';
  const list = list_id ? ', #approval.#list_id = :list_id' : '';
  const cut = list_id && shares ? ', #approval.#shares = :shares' : '';
  const uncut = list_id && !shares ? ' REMOVE #approval.#shares' : '';
  return `SET #approval.#scan_id = :scan_id${tokens}${list}${cut}${uncut}`;
};
const newsOf = ({ list_id, shares, embedding_tokens }: Approval) => ({
  ...(embedding_tokens !== null && { ':tokens': embedding_tokens }),
  ...(list_id && { ':list_id': list_id }),
  ...(list_id && shares && { ':shares': shares }),
});

const changed = (project: string) =>
  new ConflictError(
    `the approval request of "${project}" has ended or is of another plan`,
    'approval_changed',
    { field: 'approval_id' },
  );

import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { Approval, ApprovalDecision } from '../../shared/domain/project.ts';
import type { Projects } from '../../shared/ports.ts';
import { aProject, later, START } from './documents-builders.ts';

export const anApproval = (over: Partial<Approval> = {}): Approval => ({
  approval_id: randomUUID(),
  scan_id: randomUUID(),
  plan_hash: randomUUID(),
  reason: 'blast_radius',
  since: START,
  verdicts: { delete_orphan: 12, skip: 3 },
  embedding_tokens: 0,
  ...over,
});

/** The promises about the one request that a person decides. */
export const approvalContract = (under: () => Projects) => {
  it('is open until it is ended with its own plan', async () => {
    const project = aProject();
    const approval = anApproval();
    await under().requestApproval(project, approval);
    expect(await under().approval(project)).toEqual(approval);

    for (const [id, hash] of [
      [approval.approval_id, 'other plan'],
      ['other request', approval.plan_hash],
    ] as const) {
      const refused = under().endApproval(project, id, hash, 'approve');
      await expect(refused).rejects.toMatchObject({ name: 'ConflictError', code: 'approval_changed' });
    }
    expect(await under().approval(project)).toEqual(approval);

    const { approval_id, plan_hash } = approval;
    const ended = await under().endApproval(project, approval_id, plan_hash, 'approve');
    expect(ended).toEqual({ outcome: 'ended', approval });
    expect(await under().approval(project)).toBeUndefined();
  });

  it('that has ended answers the same decision again, and no other', async () => {
    const project = aProject();
    const approval = anApproval();
    const { approval_id, plan_hash } = approval;
    const end = (decision: ApprovalDecision) =>
      under().endApproval(project, approval_id, plan_hash, decision);
    await under().requestApproval(project, approval);
    await end('reject');

    expect(await end('reject')).toEqual({ outcome: 'repeated', approval });
    await expect(end('approve')).rejects.toMatchObject({ code: 'approval_changed' });
    await under().requestApproval(project, anApproval({ since: later(1) }));
    await expect(end('reject')).rejects.toMatchObject({ code: 'approval_changed' });
  });

  it('is ended by one of ten who decide at once', async () => {
    const project = aProject();
    const { approval_id, plan_hash, ...rest } = anApproval();
    await under().requestApproval(project, { approval_id, plan_hash, ...rest });

    const ends = await Promise.all(
      Array.from({ length: 10 }, () => under().endApproval(project, approval_id, plan_hash, 'approve')),
    );

    expect(ends.filter(({ outcome }) => outcome === 'ended')).toHaveLength(1);
  });

  it('of another plan takes the place of the one that stands; with the same plan the newer scan has it', async () => {
    const project = aProject();
    const first = anApproval();
    const same = anApproval({ plan_hash: first.plan_hash, since: later(1), list_id: 'l2' });
    const other = anApproval({ since: later(2) });

    const followed = { ...first, scan_id: same.scan_id, list_id: 'l2' };
    expect(await under().requestApproval(project, first)).toEqual(first);
    expect(await under().requestApproval(project, same)).toEqual(followed);
    expect(await under().approval(project)).toEqual(followed);
    expect(await under().requestApproval(project, other)).toEqual(other);
    expect(await under().approval(project)).toEqual(other);

    const late = under().endApproval(project, first.approval_id, first.plan_hash, 'approve');
    await expect(late).rejects.toMatchObject({ code: 'approval_changed' });
    expect(await under().approval(project)).toEqual(other);
  });

  it('that has ended does not open again by a late repetition, but by a new request', async () => {
    const project = aProject();
    const first = anApproval();
    await under().requestApproval(project, first);
    await under().endApproval(project, first.approval_id, first.plan_hash, 'approve');

    await under().requestApproval(project, first);
    await under().requestApproval(project, { ...first, plan_hash: 'counted again' });
    expect(await under().approval(project)).toBeUndefined();

    const second = anApproval({ plan_hash: first.plan_hash, since: later(5) });
    await under().requestApproval(project, second);
    await under().requestApproval(project, { ...first, plan_hash: 'late' });
    expect(await under().approval(project)).toEqual(second);
  });

  it('learns what it would cost from a newer scan with the same plan, and does not forget it again', async () => {
    const project = aProject();
    const approval = anApproval({ embedding_tokens: null });
    const again = (embedding_tokens: number | null, ms: number) =>
      under().requestApproval(project, { ...approval, embedding_tokens, since: later(ms) });
    await under().requestApproval(project, approval);
    expect(await under().approval(project)).toMatchObject({ embedding_tokens: null });

    expect(await again(7, 1)).toMatchObject({ embedding_tokens: 7 });
    expect(await again(null, 2)).toMatchObject({ embedding_tokens: 7 });
  });
};

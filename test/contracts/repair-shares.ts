import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { FencedError } from '../../shared/errors.ts';
import type { Repairs } from '../../shared/ports.ts';
import { allPages, later } from './documents-builders.ts';
import { aRow, NONE, startedRun } from './repairs.ts';

const MINUTE = 60_000;

/** The promises about runs in shares. */
export const sharesContract = (under: () => Repairs) => {
  const aSharedRun = () => startedRun(under(), { accepted: 5, shares: [3, 0, 2] });
  const lease = async (
    run: { project: string; repair_id: string },
    share: number,
    owner: string,
    from = 0,
  ) => {
    const { project, repair_id } = run;
    return await under().leaseShare(project, repair_id, share, owner, later(from), later(from + MINUTE));
  };
  const leased = async (...of: Parameters<typeof lease>) => {
    const held = await lease(...of);
    if (!held) throw new Error('the share is not to be had');
    return held;
  };
  const open = ({ project, repair_id }: { project: string; repair_id: string }, at = 0) =>
    under().openShares(project, repair_id, later(at));

  it('are open until they are done, but not while somebody holds them', async () => {
    const run = await aSharedRun();
    expect(await open(run)).toEqual([0, 2]);

    const held = await leased(run, 0, 'one');
    expect([await open(run), await open(run, 2 * MINUTE)]).toEqual([[2], [0, 2]]);
    await under().releaseShare(held);
    expect(await open(run)).toEqual([0, 2]);

    const again = await leased(run, 0, 'two');
    const rows = [aRow('repaired'), aRow('repaired'), aRow('skipped', { reason: 'in_flight' })];
    await under().recordShare(again, rows, later(1), later(2));
    expect(await open(run, MINUTE)).toEqual([2]);
  });

  it('are given to one of many who ask at once, and to another once the lease has run out', async () => {
    const run = await aSharedRun();
    const owners = Array.from({ length: 8 }, () => randomUUID());

    const held = await Promise.all(owners.map((owner) => lease(run, 0, owner)));

    expect(held.filter(Boolean)).toHaveLength(1);
    expect(await lease(run, 0, 'late', MINUTE - 1)).toBeUndefined();
    expect(await lease(run, 0, 'late', MINUTE)).toMatchObject({ done: 0, counts: NONE });
  });

  it('begin where they were, refuse who has lost them, and end the run when all chunks are told of', async () => {
    const run = await aSharedRun();
    const slow = await leased(run, 0, 'slow');
    const { lease: on } = await under().recordShare(slow, [aRow('repaired')], later(1), later(2));
    const quick = await leased(run, 0, 'quick', MINUTE);

    expect([on.done, quick.done, quick.counts.repaired]).toEqual([1, 1, 1]);
    await expect(under().recordShare(on, [aRow('failed')], later(3), later(4))).rejects.toThrow(FencedError);
    const two = [aRow('repaired'), aRow('skipped', { reason: 'both_altered' })];
    await under().recordShare(quick, two, later(5), later(6));
    const last = await leased(run, 2, 'quick');
    const ended = await under().recordShare(last, [aRow('repaired'), aRow('failed')], later(7), later(8));

    expect(ended.run).toMatchObject({ status: 'completed', completed_at: later(7) });
    expect(ended.run.counts).toEqual({ repaired: 3, skipped: 1, failed: 1, rate_limited: 0 });
    expect(await lease(run, 2, 'more', 2 * MINUTE)).toBeUndefined();
    const pages = await allPages((page) => under().rows(run.project, run.repair_id, page), 2);
    expect(pages.map((page) => page.length)).toEqual([2, 2, 1]);
    expect(pages.flat().slice(1, 3)).toEqual(two);
  });

  it('keep what their heir has told, however late the worker comes whom it has overtaken', async () => {
    const run = await aSharedRun();
    const slow = await leased(run, 0, 'slow');
    const quick = await leased(run, 0, 'quick', MINUTE);
    const told = [aRow('repaired'), aRow('repaired')];
    await under().recordShare(quick, told, later(1), later(2));

    const late = under().recordShare(slow, [aRow('failed'), aRow('failed')], later(3), later(4));
    await expect(late).rejects.toThrow(FencedError);
    await under().releaseShare(slow);

    expect((await under().rows(run.project, run.repair_id, { limit: 9 })).items).toEqual(told);
    expect(await open(run)).toEqual([2]);
  });

  it('are those of the last lease alone, also where one worker has taken it twice', async () => {
    const run = await aSharedRun();
    const before = await leased(run, 0, 'one');
    const again = await leased(run, 0, 'one');

    await expect(under().recordShare(before, [aRow('failed')], later(1), later(2))).rejects.toThrow(
      FencedError,
    );

    expect(await under().recordShare(again, [aRow('repaired')], later(1), later(2))).toMatchObject({
      lease: { done: 1 },
    });
  });

  it('take nothing twice where an answer is lost, and leave nothing when their project is dropped', async () => {
    const run = await aSharedRun();
    const held = await leased(run, 0, 'one');
    const rows = [aRow('repaired')];
    await under().recordShare(held, rows, later(1), later(2));

    const again = await under().recordShare(held, rows, later(1), later(2));

    expect([again.lease.done, again.run.counts.repaired]).toEqual([1, 1]);
    await under().drop(run.project);
    expect(await under().rows(run.project, run.repair_id, { limit: 9 })).toEqual({ items: [] });
  });
};

import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { Listing } from '../../shared/domain/ending.ts';
import { emptyList } from '../../shared/domain/lane.ts';
import { emptyPlan } from '../../shared/domain/repair-plan.ts';
import type { Scan } from '../../shared/domain/scan.ts';
import { FencedError } from '../../shared/errors.ts';
import type { Scans } from '../../shared/ports.ts';
import { later } from './documents-builders.ts';
import { started } from './scans.ts';

const MINUTE = 60_000;

export const aListing = (over: Partial<Listing> = {}): Listing => ({
  ...{ purpose: 'approval', status: 'listing', plan: emptyPlan(''), list: emptyList(randomUUID(), 3) },
  ...over,
});

/** The promises about what follows from the end of a scan. */
export const endingContract = (under: () => Scans) => {
  const anEndedScan = async (): Promise<Scan> => {
    const { project, scan_id } = await started(under());
    const ended = await under().change(project, scan_id, ['running'], { status: 'completed' });
    if (!ended) throw new Error('the scan did not end');
    return ended;
  };
  const now = async ({ project, scan_id }: Scan) => (await under().get(project, scan_id)) as Scan;
  const take = (scan: Scan, owner: string, at = 0) =>
    under().takeEnding(scan, { owner, until: later(at + MINUTE), listing: aListing() }, later(at));
  const taken = async (...of: Parameters<typeof take>) => {
    const ending = await take(...of);
    if (!ending) throw new Error('the end is not to be had');
    return ending;
  };

  it('goes to one of many who ask at once, and to another once that one counts as dead', async () => {
    const scan = await anEndedScan();
    const owners = Array.from({ length: 8 }, () => randomUUID());

    const held = (await Promise.all(owners.map((owner) => take(scan, owner)))).filter(Boolean);

    expect(held).toHaveLength(1);
    expect(await take(await now(scan), 'early', MINUTE - 1)).toBeUndefined();
    const heir = await taken(await now(scan), 'heir', MINUTE);
    expect(heir.fence).toBe((held[0]?.fence ?? 0) + 1);
    expect(await take(scan, 'who has not seen them', 3 * MINUTE)).toBeUndefined();
  });

  it('says how far it has come, and to nobody who was overtaken', async () => {
    const scan = await anEndedScan();
    const slow = await taken(scan, 'slow');
    const listing = aListing({ cursor: 'c', status: 'listed' });
    await under().saveEnding(scan, { ...slow, listing });
    expect((await now(scan)).ending).toEqual({ ...slow, listing });
    const quick = await taken(await now(scan), 'quick', MINUTE);

    await expect(under().saveEnding(scan, { ...slow, listing: aListing() })).rejects.toThrow(FencedError);

    expect((await now(scan)).ending).toEqual(quick);
  });

  it('leaves nothing behind once all of it is done, and is not to be had again', async () => {
    const scan = await anEndedScan();
    const ending = await taken(scan, 'one');
    const { project, scan_id } = scan;

    const released = await under().change(project, scan_id, ['completed'], { released: true });

    expect(released).toEqual({ ...scan, released: true });
    expect(await now(scan)).toEqual(released);
    await expect(under().saveEnding(scan, ending)).rejects.toThrow(FencedError);
    expect(await take(scan, 'late')).toBeUndefined();
  });
};

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { NO_SUMS, type Scan } from '../../shared/domain/scan.ts';
import { driveScans } from '../../shared/operations/drive-scans.ts';
import { finishScan, ONE_PAGE } from '../../shared/operations/finish-scan.ts';
import { writeDocument } from '../../shared/operations/write-document.ts';
import { heldUp } from '../support/clocks.ts';
import { aWrite } from '../support/documents.ts';
import { affordable, firstStep, IS_THOROUGH } from '../support/effort.ts';
import { endedScan, listedIn, standingDrifts } from '../support/ended-scans.ts';
import { mortal } from '../support/mortal.ts';
import { type LocalWorld, localWorld } from '../support/world.ts';

/** More than two pages. */
const MANY = 650;
const MINUTE = 60_000;

let local: LocalWorld;
let ids: string[];
beforeAll(async () => {
  local = await localWorld();
  await writeDocument(local.world, aWrite(local.project, 'first.md', ['registers the project']));
  ids = (await standingDrifts(local, MANY)).sort();
});
beforeEach(() => local.world.clock.advance(MINUTE));
afterAll(() => local.stop());

/** So many are suspected that their list is cut into shares. */
const asking = () =>
  endedScan(local, { status: 'needs_approval', sums: { ...NO_SUMS, in_flight: 1, suspected: 20_000 } });
const now = async ({ scan_id }: Scan): Promise<Scan> => {
  const scan = await local.world.scans.get(local.project, scan_id);
  if (!scan) throw new Error('the scan is gone');
  return scan;
};
const asked = async () => {
  const approval = await local.world.projects.approval(local.project);
  if (!approval) throw new Error('nobody is asked');
  return { ...approval, project: local.project, accepted: approval.verdicts.skip ?? 0 };
};

/** However it went: it is done, a person is asked about each chunk once, and no trace of the way is left. */
const expectAsked = async (scan: Scan, plan_hash: string) => {
  const approval = await asked();
  expect(await now(scan)).toMatchObject({ released: true });
  expect(await now(scan)).not.toHaveProperty('ending');
  expect(approval).toMatchObject({ scan_id: scan.scan_id, plan_hash, verdicts: { skip: MANY } });
  expect(approval.shares?.reduce((sum, count) => sum + count, 0)).toBe(MANY);
  expect(await listedIn(local, approval)).toEqual(ids);
};
const planInOneTurn = async () => {
  await finishScan(local.world, await asking(), () => Number.POSITIVE_INFINITY);
  local.world.clock.advance(MINUTE);
  return (await asked()).plan_hash;
};

describe('the end of a scan after which more stands than a turn has time for', () => {
  test('is reached a page a turn at least, and asks for the same plan as one long turn', async () => {
    const plan = await planInOneTurn();
    const scan = await asking();
    for (let turn = 1; turn < 3; turn++) {
      await finishScan(local.world, await now(scan), ONE_PAGE);
      expect(await now(scan)).toMatchObject({ released: false, ending: { listing: { status: 'listing' } } });
      expect((await asked()).scan_id).not.toBe(scan.scan_id);
    }
    await finishScan(local.world, await now(scan), ONE_PAGE);

    await expectAsked(scan, plan);
  });

  test.each(['before', 'after'] as const)('survives a death %s any of its steps', async (when) => {
    const plan = await planInOneTurn();
    for (let step = firstStep(when); ; step += affordable(9, 1)) {
      const scan = await asking();
      const doomed = mortal(local.world, step, when);
      for (let turn = 0; turn < 3 && !doomed.isDead(); turn++)
        await finishScan(doomed.world, await now(scan), ONE_PAGE).catch(() => undefined);
      local.world.clock.advance(2 * MINUTE);
      await driveScans(local.world, local.project);

      await expectAsked(scan, plan);
      if (!doomed.isDead()) return expect(step).toBeGreaterThan(15);
    }
  });

  test('is not spoilt by a worker that wakes after another has taken it over', async () => {
    const plan = await planInOneTurn();
    for (let step = 2; ; step += affordable(5, 1)) {
      const scan = await asking();
      const slow = heldUp(local.world, step, async () => {
        local.world.clock.advance(2 * MINUTE);
        await finishScan(local.world, await now(scan), ONE_PAGE);
      });
      await finishScan(slow.world, await now(scan), ONE_PAGE);
      local.world.clock.advance(2 * MINUTE);
      await driveScans(local.world, local.project);

      await expectAsked(scan, plan);
      if (!slow.wasHeld()) return expect(step).toBeGreaterThan(5);
    }
  });

  test('is left alone by the tick while another worker is at it', async () => {
    const scan = await asking();
    let tries = 0;
    const worker = heldUp(local.world, 6, async () => {
      tries++;
      local.world.clock.advance(MINUTE / 2);
      await driveScans(local.world, local.project);
      expect(await now(scan)).toMatchObject({ released: false });
    });

    await finishScan(worker.world, scan, () => Number.POSITIVE_INFINITY);

    expect(tries).toBe(1);
    expect(await now(scan)).toMatchObject({ released: true });
  });

  test.runIf(IS_THOROUGH)('begins anew where the place it came to is no longer known as ours', async () => {
    const plan = await planInOneTurn();
    const scan = await asking();
    await finishScan(local.world, scan, ONE_PAGE);
    const { ending, ...rest } = await now(scan);
    if (!ending) throw new Error('nothing was kept');
    const signedByOthers = {
      ...ending,
      listing: { ...ending.listing, cursor: 'e30.AAAAAAAAAAAAAAAAAAAAAA' },
    };
    await local.world.scans.saveEnding(rest, signedByOthers);

    await driveScans(local.world, local.project);

    await expectAsked(scan, plan);
  });
});

test('ends what is gone and releases what was seen, each once, whatever the turns', async () => {
  const { world, project } = local;
  const { approval_id, plan_hash } = await asked();
  await world.projects.endApproval(project, approval_id, plan_hash, 'reject');
  await world.projects.changeSettings(project, { mode: 'auto' });
  const scan = await endedScan(local, { status: 'completed' });
  const seen = await standingDrifts(local, affordable(320, MANY), { scan_id: scan.scan_id });
  for (let turn = 0; turn < 9 && !(await now(scan)).released; turn++)
    await finishScan(world, await now(scan), ONE_PAGE);

  const run = await world.repairs.get(project, scan.scan_id);
  expect(run).toMatchObject({ status: 'running', accepted: seen.length });
  expect(run && (await listedIn(local, run))).toEqual(seen.sort());
  const rung = world.bus.take('RepairRequested').flatMap(({ message }) => message.chunk_ids);
  expect(rung.sort()).toEqual(seen);
  const { items } = await world.drifts.list(project, { status: 'gone' }, { limit: 1000 });
  expect(items.map(({ chunk_id }) => chunk_id).sort()).toEqual(ids);
});

import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RepairRow, RepairRun } from '../../shared/domain/project.ts';
import { InvalidError, NotFoundError } from '../../shared/errors.ts';
import type { Repairs } from '../../shared/ports.ts';
import { allPages, aProject, later, START } from './documents-builders.ts';
import { chunksContract } from './repair-chunks.ts';
import { sharesContract } from './repair-shares.ts';

export interface RepairsUnderTest {
  repairs: Repairs;
  advance(ms: number): void;
  stop(): Promise<void>;
}
type Under = () => Repairs;

export const NONE: RepairRun['counts'] = { repaired: 0, failed: 0, skipped: 0, rate_limited: 0 };

export const aRun = (over: Partial<RepairRun> = {}): RepairRun => ({
  project: aProject(),
  repair_id: randomUUID(),
  correlation_id: randomUUID(),
  scan_id: 's1',
  named: false,
  approved: { delete_orphan: 3 },
  status: 'running',
  accepted: 3,
  started_at: START,
  counts: NONE,
  ...over,
});
export const aRow = (outcome: RepairRow['outcome'], over: Partial<RepairRow> = {}): RepairRow => ({
  chunk_id: randomUUID(),
  outcome,
  ...over,
});
export const startedRun = async (repairs: Repairs, over: Partial<RepairRun> = {}): Promise<RepairRun> =>
  (await repairs.start(aRun(over))).run;

/** The promises of the port Repairs. */
export const repairsContract = (name: string, make: () => Promise<RepairsUnderTest>) => {
  describe(`repairs in ${name}`, () => {
    let tested: RepairsUnderTest;
    const under = () => tested.repairs;
    beforeAll(async () => {
      tested = await make();
    });
    afterAll(() => tested?.stop());

    describe('runs', () => runContract(under));
    describe('rows', () => rowContract(under));
    describe('shares', () => sharesContract(under));
    describe('expiry', () => expiryContract(under, (ms) => tested.advance(ms)));
    describe('chunks', () => chunksContract(under, (ms) => tested.advance(ms)));
  });
};

const runContract = (under: Under) => {
  it('are told of while they run, however many are newer, and no more once they have ended', async () => {
    const project = aProject();
    const old = await startedRun(under(), { project, accepted: 1 });
    for (let minute = 1; minute <= 25; minute++) {
      const { repair_id } = await startedRun(under(), { project, accepted: 1, started_at: later(minute) });
      await under().record(project, repair_id, [aRow('repaired')], later(minute));
    }
    await startedRun(under(), { project, accepted: 0, status: 'completed' });

    expect(await under().running(project)).toEqual([old]);
    expect(await under().running(project)).toEqual([old]);
    await under().record(project, old.repair_id, [aRow('failed')], later(30));
    expect(await under().running(project)).toEqual([]);
    await startedRun(under(), old);
    expect(await under().running(project)).toEqual([]);
  });

  it('start once, and are known to whoever starts them again', async () => {
    const run = aRun();

    const answers = await Promise.all(
      [later(0), later(1), later(2)].map((started_at) => under().start({ ...run, started_at })),
    );

    const [first] = answers.filter(({ outcome }) => outcome === 'started');
    expect(answers.map(({ outcome }) => outcome).sort()).toEqual(['known', 'known', 'started']);
    expect(answers.map((answer) => answer.run)).toEqual([first?.run, first?.run, first?.run]);
    expect(await under().get(run.project, run.repair_id)).toEqual(first?.run);
    expect(await under().list(run.project, { limit: 9 })).toEqual({ items: [first?.run] });
    expect(await under().get(run.project, randomUUID())).toBeUndefined();
  });

  it('are listed newest first, in exact pages', async () => {
    const project = aProject();
    for (let i = 0; i < 5; i++) await startedRun(under(), { project, started_at: later(i) });

    const pages = await allPages((page) => under().list(project, page), 2);
    const { next_cursor: cursor = '' } = await under().list(project, { limit: 2 });

    expect(pages.map((page) => page.map(({ started_at }) => started_at))).toEqual([
      [later(4), later(3)],
      [later(2), later(1)],
      [later(0)],
    ]);
    await expect(under().list(aProject(), { limit: 2, cursor })).rejects.toThrow(InvalidError);
  });

  it('leave nothing when their project is dropped', async () => {
    const { project, repair_id } = await startedRun(under());
    await under().record(project, repair_id, [aRow('failed')], later(1));

    await under().drop(project);

    expect(await under().get(project, repair_id)).toBeUndefined();
    expect(await under().list(project, { limit: 9 })).toEqual({ items: [] });
    expect(await under().rows(project, repair_id, { limit: 9 })).toEqual({ items: [] });
  });
};

const rowContract = (under: Under) => {
  it('count once though they are told twice, and end the run when all accepted ones are final', async () => {
    const { project, repair_id } = await startedRun(under());
    const rows = [
      aRow('repaired', { action: 'copy_to_qdrant' }),
      aRow('skipped', { reason: 'loop' }),
      aRow('failed', { error: 'x' }),
    ];

    await under().record(project, repair_id, rows.slice(0, 2), later(1));
    const halfway = await under().record(project, repair_id, rows.slice(0, 2), later(2));
    expect(halfway).toMatchObject({ status: 'running', counts: { ...NONE, repaired: 1, skipped: 1 } });
    const ended = await under().record(project, repair_id, rows.slice(1), later(3));
    await under().record(project, repair_id, rows, later(4));

    expect(ended).toMatchObject({ status: 'completed', completed_at: later(3) });
    expect(ended.counts).toEqual({ ...NONE, repaired: 1, skipped: 1, failed: 1 });
    expect(await under().get(project, repair_id)).toEqual(ended);
    const { items } = await under().rows(project, repair_id, { limit: 9 });
    expect(items).toEqual(rows.toSorted((a, b) => (a.chunk_id < b.chunk_id ? -1 : 1)));
  });

  it('that were held back make way for what became of them, and not the other way round', async () => {
    const { project, repair_id } = await startedRun(under(), { accepted: 2 });
    const [early, late] = [randomUUID(), randomUUID()];
    const tell = (chunk_id: string, outcome: RepairRow['outcome']) =>
      under().record(project, repair_id, [{ chunk_id, outcome }], later(1));

    expect((await tell(early, 'rate_limited')).counts).toEqual({ ...NONE, rate_limited: 1 });
    await tell(late, 'failed');
    const open = await tell(late, 'rate_limited');
    expect(open).toMatchObject({ status: 'running', counts: { ...NONE, rate_limited: 1, failed: 1 } });
    await tell(late, 'repaired');
    const ended = await tell(early, 'repaired');

    expect(ended).toMatchObject({ status: 'completed', counts: { ...NONE, repaired: 1, failed: 1 } });
  });

  it('are listed in order of id, in exact pages', async () => {
    const { project, repair_id } = await startedRun(under(), { accepted: 300 });
    const rows = Array.from({ length: 250 }, () => aRow('repaired'));
    await under().record(project, repair_id, rows, later(1));

    const pages = await allPages((page) => under().rows(project, repair_id, page), 100);

    expect(pages.map((page) => page.length)).toEqual([100, 100, 50]);
    expect(pages.flat()).toEqual(rows.toSorted((a, b) => (a.chunk_id < b.chunk_id ? -1 : 1)));
  });

  it('count right whatever the order, with messages repeated and recorders at work side by side', async () => {
    const ids = Array.from({ length: 12 }, () => randomUUID());
    const told = fc.record({
      chunk_id: fc.constantFrom(...ids),
      outcome: fc.constantFrom('repaired' as const, 'rate_limited' as const, 'rate_limited' as const),
    });
    const messages = fc.array(fc.array(told, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(messages, async (sent) => {
        const { project, repair_id } = await startedRun(under(), { accepted: ids.length });
        const recorders = [...sent, ...sent].map((rows) =>
          under().record(project, repair_id, rows, later(1)),
        );
        await Promise.all(recorders);

        const rows = sent.flat();
        const repaired = new Set(
          rows.filter(({ outcome }) => outcome === 'repaired').map(({ chunk_id }) => chunk_id),
        );
        const seen = new Set(rows.map(({ chunk_id }) => chunk_id));
        const run = await under().get(project, repair_id);
        expect(run?.counts).toEqual({
          ...NONE,
          repaired: repaired.size,
          rate_limited: seen.size - repaired.size,
        });
        expect(run?.status).toBe(repaired.size === ids.length ? 'completed' : 'running');
      }),
      { numRuns: 12 },
    );
  });

  it('of a run that nobody has started are refused', async () => {
    const { project } = aRun();

    await expect(under().record(project, randomUUID(), [aRow('failed')], later(1))).rejects.toThrow(
      NotFoundError,
    );
  });
};

const expiryContract = (under: Under, advance: (ms: number) => void) => {
  it('makes a run and its rows absent that nobody has deleted', async () => {
    const { project, repair_id } = await startedRun(under());
    await under().record(project, repair_id, [aRow('failed')], later(1));

    advance(200 * 86_400_000);

    expect(await under().get(project, repair_id)).toBeUndefined();
    expect(await under().list(project, { limit: 9 })).toEqual({ items: [] });
    expect(await under().rows(project, repair_id, { limit: 9 })).toEqual({ items: [] });
    const again = aRun({ project, repair_id, started_at: later(200 * 86_400_000) });
    expect(await under().start(again)).toEqual({ outcome: 'started', run: again });
  });
};

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signedCursors } from '../../shared/adapters/cursors.ts';
import { dynamoBreakers } from '../../shared/adapters/dynamodb-breakers.ts';
import type { TableHandle } from '../../shared/adapters/dynamodb-client.ts';
import { dynamoDrifts } from '../../shared/adapters/dynamodb-drifts.ts';
import { dynamoLimits } from '../../shared/adapters/dynamodb-limits.ts';
import { dynamoRepairs } from '../../shared/adapters/dynamodb-repairs.ts';
import { dynamoScans } from '../../shared/adapters/dynamodb-scans.ts';
import type { RepairRow } from '../../shared/domain/project.ts';
import { UnavailableError } from '../../shared/errors.ts';
import { testClock } from '../support/clock.ts';
import { breakersContract } from './breakers.ts';
import { aProject, later, START } from './documents-builders.ts';
import { aDrift, driftsContract } from './drifts.ts';
import { losingAnswers, through } from './interfering.ts';
import { limitsContract } from './limits.ts';
import { aRow, aRun, NONE, repairsContract } from './repairs.ts';
import { aListing } from './scan-endings.ts';
import { aBatch, aScan, leased, scansContract, shardsOf, started, walked } from './scans.ts';
import { type FreshTables, freshTables } from './tables.ts';

const name = process.env.AWS_ENDPOINT_URL_DYNAMODB ? 'DynamoDB' : 'dynalite';
const optionsOn = (table: TableHandle, clock = testClock(Date.parse(START))) => ({
  ...table,
  clock,
  cursors: signedCursors('secret of the tests'),
});
/** A State table of its own, and a clock that the test moves. */
const fresh = async () => {
  const { state, stop } = await freshTables();
  const clock = testClock(Date.parse(START));
  return { options: optionsOn(state, clock), advance: clock.advance, stop };
};

scansContract(name, async () => {
  const { options, ...rest } = await fresh();
  return { scans: dynamoScans(options), ...rest };
});
driftsContract(name, async () => {
  const { options, ...rest } = await fresh();
  return { drifts: dynamoDrifts(options), ...rest };
});
repairsContract(name, async () => {
  const { options, ...rest } = await fresh();
  return { repairs: dynamoRepairs(options), ...rest };
});
limitsContract(name, async () => {
  const { options, ...rest } = await fresh();
  return { limits: dynamoLimits(options), ...rest };
});
breakersContract(name, async () => {
  const { state, stop } = await freshTables();
  const time = { now: Date.parse(START) };
  return {
    time,
    caller(skewMs = () => 0, pass) {
      const clock = { ...testClock(), now: () => time.now + skewMs() };
      return dynamoBreakers({ ...(pass ? through(state, (_command, send) => pass(send)) : state), clock });
    },
    stop,
  };
});

describe('in the State table', () => {
  let tables: FreshTables;
  beforeAll(async () => {
    tables = await freshTables();
  });
  afterAll(() => tables?.stop());

  const whole = () => optionsOn(tables.state);
  /** Loses the first answers to such commands after they have taken effect. */
  const deaf = (commands: RegExp, count = 1) => optionsOn(losingAnswers(tables.state, commands, count));
  /** Dies at the `nth` of such commands: it and all that follow never arrive. */
  const dying = (commands: RegExp, nth = 1) => {
    let met = 0;
    return optionsOn(
      through(tables.state, (command, send) =>
        commands.test(command) && ++met >= nth ? Promise.reject(new Error('died')) : send(),
      ),
    );
  };

  describe('a lost answer, after which the client asks again', () => {
    it('does not spoil any step of a scan', async () => {
      const scan = aScan();
      const { project, scan_id } = scan;
      expect(await dynamoScans(deaf(/^Put/)).start(scan, shardsOf(scan))).toEqual({ started: true });
      const other = aScan({ project, depth: 'vectors' });
      expect(await dynamoScans(deaf(/^Update/)).start(other, shardsOf(other))).toEqual({ started: true });

      const lease = await leased(dynamoScans(deaf(/^Update/)), scan, 'a');
      const next = await dynamoScans(deaf(/^Update/)).checkpoint(
        lease,
        walked(1),
        later(60_000),
        aBatch('p0'),
      );
      await dynamoScans(deaf(/^Update/)).settleCandidates(next, 'p0');
      await dynamoScans(deaf(/^Update/)).release(next, walked(1), true);
      const change = { status: 'cancelled' as const };
      const ended = await dynamoScans(deaf(/^Update/)).change(project, scan_id, ['running'], change);

      expect(ended).toEqual({ ...scan, ...change });
      if (!ended) throw new Error('the scan did not end');
      const taken = { owner: 'a', until: later(60_000), listing: aListing() };
      const ending = await dynamoScans(deaf(/^Update/)).takeEnding(ended, taken, later(0));
      expect(ending).toMatchObject({ owner: 'a', fence: 1 });
      const [shard] = await dynamoScans(whole()).shards(project, scan_id);
      expect(shard).toMatchObject({ failures: 1, progress: walked(1) });
      expect(shard?.owner).toBeUndefined();
    });

    it('does not count a row or a run twice', async () => {
      const run = aRun({ accepted: 1 });

      const start = await dynamoRepairs(deaf(/^Put/, 2)).start(run);
      const told = [aRow('failed')];
      const ended = await dynamoRepairs(deaf(/^(Put|Update)/, 2)).record(
        run.project,
        run.repair_id,
        told,
        later(1),
      );

      expect(start.outcome).toBe('started');
      expect(ended).toMatchObject({ status: 'completed', counts: { ...NONE, failed: 1 } });
    });

    it('does not make a transition of a breaker unknown to who made it', async () => {
      const project = aProject();
      const table = (count = 1) => ({ ...deaf(/^Update/, count), clock });
      const clock = testClock(Date.parse(START));
      const permit = { allowed: true, dependency: 'graph' } as const;
      for (let i = 0; i < 2; i++)
        expect(await dynamoBreakers(table()).report(project, permit, 'failed')).toEqual({ epoch: 0 });
      const opened = await dynamoBreakers(table(2)).report(project, permit, 'failed');

      expect(opened).toEqual({ transition: 'circuit_opened', epoch: 1 });
      clock.advance(61_000);
      const answer = await dynamoBreakers(table()).permit(project, 'graph', 'a');
      expect(answer).toMatchObject({ transition: 'circuit_half_open', permit: { probe: { epoch: 2 } } });
      if (!answer.permit.allowed) throw new Error('no probe');
      const closed = await dynamoBreakers(table()).report(project, answer.permit, 'succeeded');
      expect(closed).toEqual({ transition: 'circuit_closed', epoch: 3 });
    });

    it('gives back to a budget once', async () => {
      const take = (wanted: number) =>
        dynamoLimits(whole()).takeFromBudget('b', wanted, 10, Date.parse(later(60_000)));
      await take(10);

      await dynamoLimits(deaf(/^Update/)).giveBack('b', 3);

      expect(await take(10)).toBe(3);
    });
  });

  describe('a death', () => {
    it('before a start has its slot leaves nothing in the way of the next one', async () => {
      const dead = aScan();
      await expect(dynamoScans(dying(/^Update/)).start(dead, shardsOf(dead))).rejects.toThrow(
        UnavailableError,
      );

      const next = await started(dynamoScans(whole()), { project: dead.project });

      expect(await dynamoScans(whole()).list(dead.project, { limit: 9 })).toEqual({ items: [next] });
      expect(await dynamoScans(whole()).get(dead.project, dead.scan_id)).toBeUndefined();
    });

    it('after a start has its slot leaves a scan that runs and can be ended', async () => {
      const scan = aScan();
      const { project, scan_id } = scan;
      await expect(dynamoScans(dying(/^Update/, 2)).start(scan, shardsOf(scan))).rejects.toThrow(
        UnavailableError,
      );
      const scans = dynamoScans(whole());
      const next = aScan({ project });

      expect(await scans.start(next, shardsOf(next))).toEqual({ started: false, active: scan });
      expect(await scans.get(project, scan_id)).toEqual(scan);
      expect(await scans.list(project, { limit: 9 })).toEqual({ items: [scan] });
      expect(await scans.shards(project, scan_id)).toHaveLength(3);
      await scans.change(project, scan_id, ['running'], { status: 'completed' });
      expect(await scans.start(next, shardsOf(next))).toEqual({ started: true });
      expect(await scans.newestWhole(project)).toEqual([{ ...scan, status: 'completed' }]);
    });

    it('between candidates and their checkpoint leaves none, also once the page is walked again', async () => {
      const scan = await started(dynamoScans(whole()));
      const dead = await leased(dynamoScans(whole()), scan, 'dead');
      const lost = dynamoScans(dying(/^Update/)).checkpoint(dead, walked(1), later(60_000), aBatch('p0', 9));
      await expect(lost).rejects.toThrow(UnavailableError);
      const scans = dynamoScans(whole());

      const heir = await leased(scans, scan, 'heir', 60_001);
      expect(heir.shard.progress.pages).toBe(0);
      expect(await scans.candidates(heir, 9)).toEqual([]);
      const batch = aBatch('p0', 2);
      const next = await scans.checkpoint(heir, walked(1), later(120_000), batch);
      expect(await scans.candidates(next, 9)).toEqual([batch]);
      await scans.settleCandidates(next, 'p0');
      expect(await scans.candidates(next, 9)).toEqual([]);
    });

    it('between a row and its count is made up for by the next delivery', async () => {
      const run = aRun({ accepted: 2 });
      await dynamoRepairs(whole()).start(run);
      const rows = [aRow('repaired'), aRow('failed')];
      const lost = dynamoRepairs(dying(/^Update/)).record(run.project, run.repair_id, rows, later(1));
      await expect(lost).rejects.toThrow(UnavailableError);

      const ended = await dynamoRepairs(whole()).record(run.project, run.repair_id, rows, later(2));

      expect(ended).toMatchObject({ status: 'completed', counts: { ...NONE, repaired: 1, failed: 1 } });
    });
  });

  it('a count that comes late does not replace a newer one', async () => {
    const run = aRun();
    await dynamoRepairs(whole()).start(run);
    const rows = ['a0', 'a1'].map((start) =>
      aRow('failed', { chunk_id: `${start}${aDrift().chunk_id.slice(2)}` }),
    );
    const tell = (options: ReturnType<typeof whole>, row?: RepairRow) =>
      dynamoRepairs(options).record(run.project, run.repair_id, row ? [row] : [], later(1));
    const slow = through(tables.state, async (command, send) => {
      if (command.startsWith('Update')) await tell(whole(), rows[1]);
      return send();
    });

    const answer = await tell(optionsOn(slow), rows[0]);

    expect(answer.counts).toEqual({ ...NONE, failed: 2 });
    expect((await dynamoRepairs(whole()).get(run.project, run.repair_id))?.counts.failed).toBe(2);
  });

  it('a page costs one request where it finds nothing, and a permit one read', async () => {
    const lease = await leased(dynamoScans(whole()), await started(dynamoScans(whole())), 'a');
    const before = { ...tables.usage };

    await dynamoScans(whole()).checkpoint(lease, walked(1), later(60_000));
    expect(tables.usage).toMatchObject({ requests: before.requests + 1, read_units: before.read_units });
    await dynamoBreakers(whole()).permit(aProject(), 'graph', 'a');
    expect(tables.usage).toMatchObject({ requests: before.requests + 2, read_units: before.read_units + 1 });
  });

  it('a breaker that can not be read gives no leave', async () => {
    const breakers = dynamoBreakers(dying(/./));

    await expect(breakers.permit(aProject(), 'graph', 'a')).rejects.toThrow(UnavailableError);
  });
});

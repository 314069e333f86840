import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evenRanges, NO_SUMS, type Scan, type Shard, type ShardProgress } from '../../shared/domain/scan.ts';
import { FencedError, InvalidError } from '../../shared/errors.ts';
import type { Scans } from '../../shared/ports.ts';
import { allPages, aProject, later, START } from './documents-builders.ts';
import { endingContract } from './scan-endings.ts';

export interface ScansUnderTest {
  scans: Scans;
  advance(ms: number): void;
  stop(): Promise<void>;
}
type Under = () => Scans;

export const aScan = (over: Partial<Scan> = {}): Scan => ({
  project: aProject(),
  scan_id: randomUUID(),
  correlation_id: randomUUID(),
  depth: 'content',
  status: 'running',
  identity: 'i',
  total: 1000,
  counts: { graph: 1000, vectors: 999 },
  shard_count: 3,
  sums: NO_SUMS,
  sample_slice: 0,
  started_at: START,
  deadline: later(3_600_000),
  drift_percentage: null,
  released: false,
  ...over,
});

export const shardsOf = ({ project, scan_id }: Scan, count = 3): Shard[] =>
  evenRanges(count).map((range, shard) => ({
    ...{ project, scan_id, shard, correlation_id: randomUUID(), task: { kind: 'range', range }, failures: 0 },
    progress: { status: 'walking', pages: 0, sums: NO_SUMS },
  }));

export const walked = (pages: number, over: Partial<ShardProgress> = {}): ShardProgress => ({
  ...{ status: 'walking', pages, cursor: `${pages}`, sums: { ...NO_SUMS, compared: pages * 10 } },
  ...over,
});

export const aBatch = (batch: string, count = 2, path = 'a.md') => ({
  ...{ batch, seen_at: START },
  candidates: Array.from({ length: count }, (_, i) => ({
    chunk_id: randomUUID(),
    file_path: path,
    evidence: `${i}`,
  })),
});

/** A started scan, and its first shard leased for a minute by `owner` at `at` milliseconds after START. */
export const started = async (scans: Scans, over: Partial<Scan> = {}): Promise<Scan> => {
  const scan = aScan(over);
  expect(await scans.start(scan, shardsOf(scan))).toEqual({ started: true });
  return scan;
};
export const leased = async (scans: Scans, { project, scan_id }: Scan, owner: string, at = 0) => {
  const lease = await scans.lease(project, scan_id, 0, owner, later(at), later(at + 60_000));
  if (!lease) throw new Error(`${owner} has no lease`);
  return lease;
};

/** The promises of the port Scans. */
export const scansContract = (name: string, make: () => Promise<ScansUnderTest>) => {
  describe(`scans in ${name}`, () => {
    let tested: ScansUnderTest;
    const under = () => tested.scans;
    beforeAll(async () => {
      tested = await make();
    });
    afterAll(() => tested?.stop());

    describe('starts', () => startContract(under));
    describe('changes', () => changeContract(under));
    describe('leases', () => leaseContract(under));
    describe('candidates', () => candidateContract(under));
    describe('tallies', () => tallyContract(under));
    describe('the end', () => endingContract(under));
    describe('expiry', () => expiryContract(under, (ms) => tested.advance(ms)));
  });
};

const startContract = (under: Under) => {
  it('stores a scan with its shards', async () => {
    const scan = aScan();
    const shards = shardsOf(scan, 16);

    await under().start(scan, shards);

    expect(await under().get(scan.project, scan.scan_id)).toEqual(scan);
    expect(await under().shards(scan.project, scan.scan_id)).toEqual(shards);
    expect(await under().active(scan.project)).toEqual([scan]);
  });

  it('makes one of ten overlapping starts active, and the others are nowhere to be seen', async () => {
    const project = aProject();
    const ended: Scan[] = [];
    for (const round of [0, 1]) {
      const scans = Array.from({ length: 10 }, () => aScan({ project, started_at: later(round) }));

      const answers = await Promise.all(scans.map((scan) => under().start(scan, shardsOf(scan))));

      const [active] = await under().active(project);
      const winner = answers.findIndex((answer) => answer.started);
      expect(answers.filter(({ started }) => started)).toHaveLength(1);
      expect(active).toEqual(scans[winner]);
      for (const answer of answers) if (!answer.started) expect(answer.active).toEqual(active);
      expect((await under().list(project, { limit: 100 })).items).toEqual([active, ...ended]);
      for (const { scan_id } of scans.toSpliced(winner, 1)) {
        expect(await under().get(project, scan_id)).toBeUndefined();
        expect(await under().shards(project, scan_id)).toEqual([]);
        expect(await under().change(project, scan_id, ['running'], { status: 'paused' })).toBeUndefined();
      }
      const change = { status: 'completed' as const };
      const scan = await under().change(project, active?.scan_id ?? '', ['running'], change);
      if (scan) ended.unshift(scan);
    }
  });

  it('leaves a scan that is under way as it is when its start is repeated', async () => {
    const scan = await started(under());
    const lease = await leased(under(), scan, 'a');
    await under().checkpoint(lease, walked(1), later(90_000));

    expect(await under().start(scan, shardsOf(scan))).toEqual({ started: true });

    expect((await under().shards(scan.project, scan.scan_id))[0]?.progress).toEqual(walked(1));
  });

  it('lets a scan of another depth run beside it, and one of its own only after it, paused or not', async () => {
    const scan = await started(under());
    const { project, scan_id } = scan;
    await started(under(), { project, depth: 'vectors' });
    await under().change(project, scan_id, ['running'], { status: 'paused' });
    const next = aScan({ project });

    expect(await under().start(next, shardsOf(next))).toMatchObject({ started: false, active: { scan_id } });
    await under().change(project, scan_id, ['paused'], { status: 'cancelled' });

    expect(await under().start(next, shardsOf(next))).toEqual({ started: true });
    expect((await under().active(project)).map(({ depth }) => depth)).toEqual(['content', 'vectors']);
  });

  it('lists scans newest first, in exact pages, and refuses the cursor of another project', async () => {
    const project = aProject();
    for (let i = 0; i < 7; i++) {
      const { scan_id } = await started(under(), { project, started_at: later(i) });
      await under().change(project, scan_id, ['running'], { status: 'completed' });
    }

    const pages = await allPages((page) => under().list(project, page), 3);
    const { next_cursor: cursor = '' } = await under().list(project, { limit: 3 });

    expect(pages.map((page) => page.length)).toEqual([3, 3, 1]);
    expect(pages.flat().map(({ started_at }) => started_at)).toEqual([6, 5, 4, 3, 2, 1, 0].map(later));
    await expect(under().list(aProject(), { limit: 3, cursor })).rejects.toThrow(InvalidError);
  });
};

const changeContract = (under: Under) => {
  it('apply where the scan still has one of the statuses, and return it as it is then', async () => {
    const { project, scan_id, ...scan } = await started(under());
    const end = { status: 'completed' as const, completed_at: later(9), drift_percentage: 0.5 };

    expect(await under().change(project, scan_id, ['paused'], end)).toBeUndefined();
    const ended = await under().change(project, scan_id, ['paused', 'running'], end);

    expect(ended).toEqual({ ...scan, project, scan_id, ...end });
    expect(await under().get(project, scan_id)).toEqual(ended);
    expect(await under().active(project)).toEqual([]);
  });

  it('end a scan once, though ten closers come at once', async () => {
    const { project, scan_id } = await started(under());

    const closers = Array.from({ length: 10 }, (_, i) =>
      under().change(project, scan_id, ['running'], { status: 'completed', completed_at: later(i) }),
    );

    expect((await Promise.all(closers)).filter((scan) => scan !== undefined)).toHaveLength(1);
  });

  it('never revive a scan that has ended, but may release its repairs', async () => {
    const { project, scan_id } = await started(under());
    await under().change(project, scan_id, ['running'], { status: 'completed' });

    expect(await under().change(project, scan_id, ['completed'], { status: 'running' })).toBeUndefined();
    expect(await under().change(project, scan_id, ['completed'], { released: true })).toMatchObject({
      status: 'completed',
      released: true,
    });
  });

  it('leave the newest scan of each depth that saw everything in view while later ones fail', async () => {
    const project = aProject();
    const ended = async (
      over: Partial<Scan>,
      status: Scan['status'],
      drift_percentage: number | null = null,
    ) => {
      const { scan_id } = await started(under(), { project, ...over });
      await under().change(project, scan_id, ['running'], { status, drift_percentage });
      return scan_id;
    };
    const vectors = await ended({ depth: 'vectors' }, 'completed', 0);
    await ended({ depth: 'fingerprints' }, 'completed', 2);
    const newest = await ended({ depth: 'fingerprints', started_at: later(1) }, 'needs_approval', 40);
    await ended({ depth: 'fingerprints', started_at: later(2) }, 'detection_failed');
    await ended({ depth: 'fingerprints', started_at: later(3) }, 'needs_approval');
    await ended({ depth: 'content' }, 'detection_failed');
    await started(under(), { project, depth: 'fingerprints', started_at: later(4) });

    const whole = await under().newestWhole(project);

    expect(whole.map(({ scan_id }) => scan_id)).toEqual([newest, vectors]);
  });

  it('leave nothing of a project that is dropped', async () => {
    const scan = await started(under());
    const lease = await leased(under(), scan, 'a');
    await under().checkpoint(lease, walked(1), later(90_000), aBatch('p0'));

    await under().drop(scan.project);

    expect(await under().get(scan.project, scan.scan_id)).toBeUndefined();
    expect(await under().list(scan.project, { limit: 9 })).toEqual({ items: [] });
    expect(await under().active(scan.project)).toEqual([]);
    expect(await started(under(), { project: scan.project })).toBeDefined();
  });
};

const leaseContract = (under: Under) => {
  it('go to one of twenty workers, until they end', async () => {
    const scan = await started(under());
    const take = (owner: string, at: number) =>
      under().lease(scan.project, scan.scan_id, 0, owner, later(at), later(at + 60_000));

    const leases = await Promise.all(Array.from({ length: 20 }, (_, i) => take(`w${i}`, 0)));
    const [first] = leases.filter((lease) => lease !== undefined);

    expect(leases.filter((lease) => lease !== undefined)).toHaveLength(1);
    expect((await under().shards(scan.project, scan.scan_id))[0]).toMatchObject({
      owner: first?.owner,
      lease_until: later(60_000),
    });
    expect(await take('late', 60_000)).toBeUndefined();
    expect((await take('heir', 60_001))?.fence).toBeGreaterThan(first?.fence ?? 0);
  });

  it('are extended by checkpoints', async () => {
    const scan = await started(under());
    const lease = await under().checkpoint(await leased(under(), scan, 'a'), walked(1), later(90_000));

    expect(lease).toMatchObject({ lease_until: later(90_000), shard: { progress: walked(1) } });
    expect(
      await under().lease(scan.project, scan.scan_id, 0, 'b', later(80_000), later(140_000)),
    ).toBeUndefined();
    expect((await leased(under(), scan, 'b', 90_001)).shard.progress).toEqual(walked(1));
  });

  it('refuse the worker that was taken over, and keep no trace of what it writes', async () => {
    const scan = await started(under());
    const old = await under().checkpoint(
      await leased(under(), scan, 'old'),
      walked(1),
      later(60_000),
      aBatch('p0'),
    );
    const heir = await leased(under(), scan, 'heir', 60_001);
    const before = await under().shards(scan.project, scan.scan_id);

    await expect(under().checkpoint(old, walked(2), later(200_000), aBatch('p1'))).rejects.toThrow(
      FencedError,
    );
    await expect(under().settleCandidates(old, 'p0')).rejects.toThrow(FencedError);
    await expect(under().candidates(old, 9)).rejects.toThrow(FencedError);
    await expect(under().release(old, walked(9), true)).rejects.toThrow(FencedError);

    expect(await under().shards(scan.project, scan.scan_id)).toEqual(before);
    expect((await under().candidates(heir, 9)).map(({ batch }) => batch)).toEqual(['p0']);
    const next = await under().checkpoint(heir, walked(2), later(200_000));
    expect(await under().candidates(next, 9)).toHaveLength(1);
  });

  it('refuse the former self of a worker that has leased the shard again', async () => {
    const scan = await started(under());
    const batch = aBatch('p0');
    const before = await leased(under(), scan, 'a');
    const old = await under().checkpoint(before, walked(1), later(60_000), batch);
    const lease = await leased(under(), scan, 'a', 60_001);

    await expect(under().settleCandidates(old, 'p0')).rejects.toThrow(FencedError);
    await expect(under().checkpoint(old, walked(2), later(90_000))).rejects.toThrow(FencedError);
    await expect(under().release(old, walked(1), false)).rejects.toThrow(FencedError);

    expect(await under().candidates(lease, 9)).toEqual([batch]);
  });

  it('refuse a checkpoint that does not follow the last one', async () => {
    const scan = await started(under());
    const lease = await leased(under(), scan, 'a');
    await under().checkpoint(lease, walked(1), later(60_000));

    await expect(under().checkpoint(lease, walked(2), later(60_000))).rejects.toThrow(FencedError);
  });

  it('are given back at once, with a failure counted, and hold no longer', async () => {
    const scan = await started(under());
    const lease = await leased(under(), scan, 'a');
    await under().release(lease, walked(1), true);

    const next = await leased(under(), scan, 'a', 1);

    expect(next.shard).toMatchObject({ failures: 1, progress: walked(1) });
    expect(next.fence).toBe(lease.fence + 1);
    await expect(under().checkpoint(lease, walked(2), later(9))).rejects.toThrow(FencedError);
  });

  it('are not to be had of a shard at its end', async () => {
    for (const status of ['done', 'failed'] as const) {
      const scan = await started(under());
      await under().release(await leased(under(), scan, 'a'), walked(1, { status }), false);

      await expect(leased(under(), scan, 'b', 90_000)).rejects.toThrow('b has no lease');
    }
  });
};

const candidateContract = (under: Under) => {
  it('wait in order of their pages until they are settled', async () => {
    const scan = await started(under());
    let lease = await leased(under(), scan, 'a');
    const batches = Array.from({ length: 12 }, (_, i) => aBatch(`content#0#1#${'c'.repeat(36)}#${i}`, i % 3));
    for (const [i, batch] of batches.entries())
      lease = await under().checkpoint(lease, walked(i + 1), later(60_000), batch);
    const waiting = batches.filter(({ candidates }) => candidates.length > 0);

    expect(await under().candidates(lease, 3)).toEqual(waiting.slice(0, 3));
    for (const { batch } of waiting.slice(0, 2)) await under().settleCandidates(lease, batch);
    await under().settleCandidates(lease, waiting[0]?.batch ?? '');

    expect(await under().candidates(lease, 99)).toEqual(waiting.slice(2));
  });

  it('come back whole, also ten thousand of one page with long paths', async () => {
    const scan = await started(under());
    const batch = aBatch('p0', 10_000, 'ü'.repeat(300));
    const lease = await under().checkpoint(await leased(under(), scan, 'a'), walked(1), later(60_000), batch);

    expect(await under().candidates(lease, 1)).toEqual([batch]);
  });

  it('of a page that a fenced-out worker stores late do not replace those of its heir', async () => {
    const scan = await started(under());
    const old = await leased(under(), scan, 'old');
    const first = await leased(under(), scan, 'heir', 60_001);
    const heir = await under().checkpoint(first, walked(1), later(120_000), aBatch('p0', 3));
    const standing = await under().candidates(heir, 9);

    await expect(under().checkpoint(old, walked(1), later(90_000), aBatch('p0', 5))).rejects.toThrow(
      FencedError,
    );

    expect(await under().candidates(heir, 9)).toEqual(standing);
  });

  it('of one shard are not those of another', async () => {
    const scan = await started(under());
    const lease = await leased(under(), scan, 'a');
    const other = await under().lease(scan.project, scan.scan_id, 1, 'b', later(0), later(60_000));
    await under().checkpoint(lease, walked(1), later(60_000), aBatch('p0'));

    expect(other && (await under().candidates(other, 9))).toEqual([]);
  });
};

const tallyContract = (under: Under) => {
  it('of shards come back as they went, in the order asked for, and two alike are one', async () => {
    const scan = await started(under());
    const lease = await leased(under(), scan, 'a');
    const kept = [Uint8Array.of(1, 2), new Uint8Array(16_384).fill(7), Uint8Array.of(1, 2)];
    const names = [];
    for (const tally of kept) names.push(await under().keepTally(lease, tally));

    const found = await under().tallies(scan.project, scan.scan_id, names);

    expect(found.map((bytes) => bytes && new Uint8Array(bytes))).toEqual(kept);
    expect(names[0]).toEqual(names[2]);
  });

  it('of another scan, or of a project that was dropped, are not found', async () => {
    const scan = await started(under());
    const name = await under().keepTally(await leased(under(), scan, 'a'), Uint8Array.of(1));

    expect(await under().tallies(scan.project, randomUUID(), [name])).toEqual([undefined]);
    await under().drop(scan.project);
    expect(await under().tallies(scan.project, scan.scan_id, [name])).toEqual([undefined]);
  });
};

const expiryContract = (under: Under, advance: (ms: number) => void) => {
  it('makes a scan absent that nobody has deleted, and its slot free', async () => {
    const scan = await started(under());
    await leased(under(), scan, 'a');

    advance(200 * 86_400_000);

    expect(await under().get(scan.project, scan.scan_id)).toBeUndefined();
    expect(await under().shards(scan.project, scan.scan_id)).toEqual([]);
    expect(await under().list(scan.project, { limit: 9 })).toEqual({ items: [] });
    const at = 200 * 86_400_000;
    await expect(leased(under(), scan, 'b', at)).rejects.toThrow('no lease');
    await started(under(), { project: scan.project, started_at: later(at), deadline: later(at + 1) });
  });
};

// What a scan adds to the latency of others' reads of the same stores, by its intensity: windows in which nothing else
// happens and windows in which it walks take turns, while a client in another process asks for single chunks.

import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { ALL_IDS } from '../../shared/domain/chunk.ts';
import { planScan } from '../../shared/operations/plan-scan.ts';
import { scanShard } from '../../shared/operations/scan-shard.ts';
import type { World } from '../../shared/operations/world.ts';
import type { FingerprintPage } from '../../shared/ports.ts';
import { rungShards } from '../support/bus.ts';
import { guarded } from '../support/mortal.ts';
import type { Answered, Asked, Read } from './probe-child.ts';
import { addedP95, type Interval } from './quantiles.ts';
import type { Stage } from './stage.ts';
import { upTo } from './timing.ts';

export interface Strained {
  intensity: number;
  chunksASecond: number;
  /** The share of the time in which a side was read, each counted by itself. */
  readShare: Record<Side, number>;
  added: Record<Side, Interval>;
}
type Side = 'graph' | 'vectors';
const SIDES: Side[] = ['graph', 'vectors'];
const INTENSITIES = [5, 10, 25, 50, 100];
const QUIET = 0;
const WINDOW_MS = 2_500;
const SETTLE_MS = 200;
/** Until a walk has found its page size and has begun to pause. */
const WARM_UP_MS = 1_000;
const PROBED = 500;

interface Window {
  intensity: number;
  from: number;
  to: number;
  walked: number;
  readMs: Record<Side, number>;
}

export const measureIntensity = async (
  stage: Stage,
  project: string,
  roundsWanted: number,
): Promise<Strained[]> => {
  const { ids } = await stage.world.graph.fingerprints(project, ALL_IDS, undefined, PROBED);
  // As long as there is time, a scan keeps to its intensity: a small project's at any.
  const { check_interval_seconds } = await stage.world.projects.settings(project);
  await stage.world.projects.changeSettings(project, { check_interval_seconds: 86_400 });
  const probe = await startProbe({ project, ids });
  const rounds: Window[][] = [];
  for (const round of upTo(roundsWanted)) rounds.push(await oneRound(stage, project, round));
  const answered = await endProbe(probe);
  await stage.world.projects.changeSettings(project, { check_interval_seconds });
  return INTENSITIES.map((intensity) => strainOf(intensity, rounds, answered));
};

/** Each intensity once and a quiet window, beginning with another one each time. */
const oneRound = async (stage: Stage, project: string, round: number): Promise<Window[]> => {
  const order = [QUIET, ...INTENSITIES];
  const windows: Window[] = [];
  for (const at of upTo(order.length)) {
    const intensity = order[(at + round) % order.length] ?? QUIET;
    await sleep(SETTLE_MS);
    windows.push(intensity === QUIET ? await quiet() : await scanning(stage, project, intensity));
  }
  return windows;
};

const quiet = async (): Promise<Window> => {
  const from = Date.now();
  await sleep(WINDOW_MS);
  return { intensity: QUIET, from, to: Date.now(), walked: 0, readMs: { graph: 0, vectors: 0 } };
};

/** One scan after the other, the last of which is cancelled when the window ends. */
const scanning = async (stage: Stage, project: string, intensity: number): Promise<Window> => {
  const timed = timedReads(stage.world);
  const world = { ...timed.world, bus: stage.world.bus };
  let scan_id = await started(world, project, intensity);
  let isOver = false;
  const working = (async () => {
    while (!isOver) {
      for (const { message } of rungShards(world.bus))
        await scanShard(world, { ...message, owner: randomUUID(), remainingMs: () => 600_000 });
      world.bus.held.length = 0;
      if (isOver) return;
      scan_id = await started(world, project, intensity);
    }
  })();
  // At another point between two pauses each time.
  await sleep(WARM_UP_MS * (1 + Math.random()));
  timed.reset();
  const from = Date.now();
  await sleep(WINDOW_MS);
  const [to, { rows, readMs }] = [Date.now(), timed.sofar()];
  isOver = true;
  await world.scans.change(project, scan_id, ['running'], { status: 'cancelled' });
  await working;
  await world.scans.change(project, scan_id, ['running'], { status: 'cancelled' });
  return { intensity, from, to, walked: rows.graph, readMs };
};

const started = async (world: World, project: string, intensity_percent: number): Promise<string> => {
  const request = {
    project,
    depth: 'fingerprints',
    correlation_id: randomUUID(),
    intensity_percent,
  } as const;
  return (await planScan(world, request)).scan.scan_id;
};

/** For how long each side is read, and how many rows of pages it gives. */
const timedReads = (world: World) => {
  const nothing = () => ({ rows: { graph: 0, vectors: 0 }, readMs: { graph: 0, vectors: 0 } });
  let sums = nothing();
  const of = <Store extends object>(side: Side, store: Store) =>
    guarded(store, async (act) => {
      const [asked, mine] = [performance.now(), sums];
      const result = await act();
      mine.readMs[side] += performance.now() - asked;
      mine.rows[side] += (result as Partial<FingerprintPage>).ids?.length ?? 0;
      return result;
    });
  return {
    world: { ...world, graph: of('graph', world.graph), vectors: of('vectors', world.vectors) },
    sofar: () => structuredClone(sums),
    reset: () => {
      sums = nothing();
    },
  };
};

const startProbe = async (asked: Asked): Promise<ChildProcess> => {
  const probe = fork(`${import.meta.dirname}/probe-child.ts`);
  probe.send(asked);
  await once(probe, 'message');
  await sleep(WINDOW_MS);
  return probe;
};

const endProbe = async (probe: ChildProcess): Promise<Answered> => {
  const [answered] = await Promise.all([once(probe, 'message'), probe.send('end')]);
  return answered[0] as Answered;
};

const strainOf = (intensity: number, rounds: Window[][], answered: Answered): Strained => {
  const of = rounds.flatMap((windows) => windows.filter((window) => window.intensity === intensity));
  const total = (value: (window: Window) => number) => of.reduce((sum, window) => sum + value(window), 0);
  const ms = total(({ from, to }) => to - from);
  const each = <Value>(value: (side: Side) => Value) =>
    Object.fromEntries(SIDES.map((side) => [side, value(side)])) as Record<Side, Value>;
  return {
    intensity,
    chunksASecond: (1000 * total(({ walked }) => walked)) / ms,
    readShare: each((side) => total(({ readMs }) => readMs[side]) / ms),
    added: each((side) =>
      addedP95(
        rounds.map((windows) => ({
          quiet: readsIn(windows, QUIET, answered[side]),
          busy: readsIn(windows, intensity, answered[side]),
        })),
      ),
    ),
  };
};

const readsIn = (windows: Window[], intensity: number, reads: Read[]): number[] => {
  const isIn = ([at]: Read) =>
    windows.some((window) => window.intensity === intensity && window.from <= at && at < window.to);
  return reads.filter(isIn).map(([, ms]) => ms);
};

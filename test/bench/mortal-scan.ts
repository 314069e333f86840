// One scan by workers that are killed one after another.

import { randomUUID } from 'node:crypto';
import { systemClock } from '../../shared/adapters/clock.ts';
import type { Scan } from '../../shared/domain/scan.ts';
import { planScan } from '../../shared/operations/plan-scan.ts';
import { hasEnded } from '../../shared/operations/shard-order.ts';
import { LEASE_MS } from '../../shared/operations/shift.ts';
import { type Life, type Lived, live } from './mortal-life.ts';
import { type Stage, stageOn } from './stage.ts';

export interface Aging {
  stage: Stage;
  aheadMs(): number;
  grow(): void;
}

/** Each life begins a lease later by the clock, so that nobody has to wait for the lease of the dead. */
export const agingOn = (tables: Stage['tables']): Aging => {
  let lives = 0;
  const aheadMs = () => lives * LEASE_MS;
  const clock = { ...systemClock, now: () => Date.now() + aheadMs() };
  return { stage: stageOn(tables, { clock }), aheadMs, grow: () => void lives++ };
};

export interface Through {
  scan: Scan;
  drifts: string[];
  ms: number;
  /** For each kill, how many pages had begun past the checkpoint. */
  again: number[];
}

type Mortal = Pick<Life, 'project' | 'tables' | 'pageRows'>;

/** One life after another until the scan has ended; without `killedWithinMs` there is only one. */
export const scanByMortals = async (aging: Aging, of: Mortal, killedWithinMs?: number): Promise<Through> => {
  const { world } = aging.stage;
  aging.grow();
  const request = { project: of.project, depth: 'fingerprints', correlation_id: randomUUID() } as const;
  const planned = await planScan(world, { ...request, intensity_percent: 100 });
  const through: Through = { scan: planned.scan, drifts: [], ms: 0, again: [] };
  while (through.scan.status === 'running') await liveOnce(aging, of, through, killedWithinMs);
  if (through.scan.status !== 'completed') throw new Error(`a scan ended ${JSON.stringify(through.scan)}`);
  through.drifts = await driftsOf(aging.stage, of.project, through.scan.scan_id);
  return through;
};

const liveOnce = async (
  { stage, aheadMs, grow }: Aging,
  of: Mortal,
  through: Through,
  killedWithinMs?: number,
): Promise<void> => {
  const { scan_id } = through.scan;
  grow();
  const killed = killedWithinMs === undefined ? {} : { killedAfterMs: Math.random() * killedWithinMs };
  const shards = await stage.world.scans.shards(of.project, scan_id);
  const shard = shards.find((one) => !hasEnded(one))?.shard ?? 0;
  const life = { ...of, scan_id, shard, aheadMs: aheadMs(), ...killed };
  const lived = await live(life);
  through.ms += lived.ms;
  if (lived.isKilled) through.again.push(await comparedAgain(stage, life, lived));
  through.scan = (await stage.world.scans.get(of.project, scan_id)) ?? through.scan;
};

/** Pages that may have begun since the checkpoint that stands: the next worker compares them again. */
const comparedAgain = async ({ world }: Stage, { project, scan_id, ...life }: Life, { said }: Lived) => {
  const shard = (await world.scans.shards(project, scan_id))[life.shard];
  if (shard?.progress.status !== 'walking') return 0;
  const since = said.lastIndexOf(`saves ${shard.progress.cursor ?? ''}`) + 1;
  return said.slice(since).filter((line) => line === 'begins a page').length;
};

const driftsOf = async ({ world }: Stage, project: string, scan_id: string): Promise<string[]> => {
  const { items } = await world.drifts.list(project, { scan_id }, { limit: 1000 });
  return items.map(({ chunk_id, type, cause }) => `${chunk_id} ${type} ${cause}`).sort();
};

import { walkersOf } from '../domain/intensity.ts';
import type { Scan } from '../domain/scan.ts';
import { closeScan } from './close-scan.ts';
import { finishScan, type Remaining } from './finish-scan.ts';
import { driveRepairs } from './release-repairs.ts';
import { ringInTurn } from './shard-order.ts';
import type { World } from './world.ts';

/** What the ends of a project's scans may take of a tick, which other projects wait for. */
const ENDS_MS = 45_000;

/**
 * The tick: drives what an earlier one left. Shards that nobody holds are rung again, scans whose shards have ended
 * are closed, ended scans are finished as far as there is time, repairs that had to wait are rung again.
 */
export const driveScans = async (
  world: World,
  project: string,
  remainingMs: Remaining = () => Number.POSITIVE_INFINITY,
): Promise<void> => {
  const until = world.clock.now() + ENDS_MS;
  const left = () => Math.min(remainingMs(), until - world.clock.now());
  for (const scan of await world.scans.active(project)) await driveScan(world, scan, left);
  const { items } = await world.scans.list(project, { limit: 10 });
  // The oldest first: otherwise newer ones would use up the time of one that takes long, again and again.
  for (const scan of items.toReversed())
    if (scan.completed_at && !scan.released) await finishScan(world, scan, left);
  await driveRepairs(world, project);
};

export const driveScan = async (world: World, scan: Scan, remainingMs: Remaining): Promise<void> => {
  if (scan.status === 'paused') return;
  const settings = await world.projects.settings(scan.project);
  await ringInTurn(world, scan, walkersOf(scan, settings, world.clock.now()));
  await closeScan(world, scan.project, scan.scan_id, remainingMs);
};

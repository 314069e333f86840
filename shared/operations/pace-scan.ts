import { intensityOf, isFull, leadMs, pauseMs, walkersOf } from '../domain/intensity.ts';
import { activeSeconds, progressOf } from '../domain/progress.ts';
import type { Scan, Shard } from '../domain/scan.ts';
import type { Settings } from '../domain/settings.ts';
import { gentleReads } from './gentle-reads.ts';
import { inTurn, ringInTurn } from './shard-order.ts';
import { hasRoomFor, type Pace, type Shift, sleepUntil } from './shift.ts';
import { walkedDepth } from './smaller-page.ts';
import { PAGE_ROWS } from './walk-range.ts';
import type { World } from './world.ts';

/** The world as the worker of a shard may use it. What fits into one page is read at once, whatever the intensity. */
export const pacedWorld = async (
  world: World,
  scan: Scan,
  settings: Settings,
  shard: Shard,
  pageRows = PAGE_ROWS[walkedDepth(scan)],
): Promise<{ world: World; pace?: Pace }> => {
  const intensity = intensityOf(scan, settings);
  if (isFull(intensity) || scan.total <= pageRows) return { world };
  const shards = await world.scans.shards(scan.project, scan.scan_id);
  const { walked, total } = progressOf(scan, shards, world.clock.now());
  const turn = inTurn(shards, walkersOf(scan, settings));
  const { meter, ...gentle } = gentleReads(world);
  const pace = {
    ...{ intensity, meter, total, others: walked - (shard.progress.walked ?? 0) },
    isInTurn: turn.some((one) => one.shard === shard.shard),
  };
  return { ...gentle, pace };
};

/**
 * Leaves the stores alone for as long as the intensity wants after what was read, unless that would make the scan late.
 * Nothing is waited for before the first page of a scan, and so of one that has no other. `false`: the worker has no time.
 */
export const rest = async (shift: Shift): Promise<boolean> => {
  const { pace, world, scan, settings, lease } = shift;
  const walked = (pace?.others ?? 0) + (lease.shard.progress.walked ?? 0);
  if (pace === undefined || walked === 0) return true;
  await pace.meter.idle();
  const now = world.clock.now();
  const at = { share: Math.min(1, walked / pace.total), elapsedMs: activeSeconds(scan, now) * 1000 };
  const lead = leadMs({ depth: scan.depth, settings }, at);
  const pause = pauseMs(pace.meter.readMs, pace.intensity, lead);
  Object.assign(pace.meter, { readMs: 0, isHurried: lead <= 0 });
  return hasRoomFor(shift, pause) && (await sleepUntil(shift, now + pause));
};

/** A shard that walks no more makes room for the next, even while it waits out a grace period. */
export const handOn = async ({ world, scan, settings, pace }: Shift): Promise<void> => {
  if (pace && scan.shard_count > 1) await ringInTurn(world, scan, walkersOf(scan, settings));
};

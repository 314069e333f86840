import { intensityOf, isFull, leadMs, MOST_WALKERS, pauseMs, walkersOf } from '../domain/intensity.ts';
import { nextRows } from '../domain/page-rows.ts';
import { activeSeconds, progressOf } from '../domain/progress.ts';
import type { Scan, Shard } from '../domain/scan.ts';
import type { Settings } from '../domain/settings.ts';
import { gentleReads } from './gentle-reads.ts';
import { inTurn, ringInTurn } from './shard-order.ts';
import { hasRoomFor, hasTime, isToBeRenewed, type Pace, type Shift, save, sleepUntil } from './shift.ts';
import { pageRowsOf, walkedDepth } from './smaller-page.ts';
import type { WalkedManifests } from './walk-manifests.ts';
import { PAGE_ROWS, type WalkedPage } from './walk-range.ts';
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
  const turn = inTurn(shards, walkersOf(scan, settings, world.clock.now()));
  const { meter, ...gentle } = gentleReads(world);
  const pace = {
    ...{ intensity, meter, asked: world.clock.now(), total, others: walked - (shard.progress.walked ?? 0) },
    isInTurn: turn.some((one) => one.shard === shard.shard),
  };
  return { ...gentle, pace };
};

/**
 * The pages of a walk with the pauses between them. Short ones are joined until they are as many rows as one at full
 * intensity, so that they cost no more checkpoints. `stopped`: the worker has no time for more.
 */
export async function* unhurried<Page extends WalkedPage | WalkedManifests>(
  shift: Shift,
  pages: AsyncGenerator<Page>,
): AsyncGenerator<Page | 'stopped'> {
  let held: Page | undefined;
  for await (const page of pages) {
    const isRested = await rest(shift, held?.walked ?? 0);
    held = held ? joined(held, page) : page;
    if (!isRested) {
      yield held;
      return yield 'stopped';
    }
    if (shift.pace && 'points' in held && held.ids.length < pageRowsOf(shift)) continue;
    yield held;
    held = undefined;
  }
  if (held) yield held;
}

/** Each field is what follows from having read both at once. */
const joined = <Page extends WalkedPage | WalkedManifests>(one: Page, next: Page): Page => {
  const lists = Object.entries(next).filter(([, value]) => Array.isArray(value));
  const sums = (['distinct', 'graph', 'vectors', 'walked'] as const).map((of) => [of, one[of] + next[of]]);
  const all = lists.map(([of, list]) => [of, [...(one[of as 'suspects'] ?? []), ...list]]);
  return { ...one, ...next, ...Object.fromEntries(sums), ...Object.fromEntries(all) };
};

/**
 * Leaves the stores alone for as long as the intensity wants after what was read, unless that would make the scan late.
 * Nothing is waited for before the first page of a scan, and so of one that has no other. `false`: the worker has no time.
 */
const rest = async (shift: Shift, held: number): Promise<boolean> => {
  const { pace, lease } = shift;
  const walked = (pace?.others ?? 0) + (lease.shard.progress.walked ?? 0) + held;
  if (pace === undefined || walked === 0) return true;
  const isRested = await pace.meter.still(() => pauseAt(shift, pace, walked));
  return isRested && (await isWanted(shift, pace));
};

const pauseAt = async (shift: Shift, pace: Pace, walked: number): Promise<boolean> => {
  const { world, scan, settings } = shift;
  const now = world.clock.now();
  const at = { share: Math.min(1, walked / pace.total), elapsedMs: activeSeconds(scan, now) * 1000 };
  const lead = leadMs({ depth: scan.depth, settings }, at);
  const pause = pauseMs(pace.meter.readMs, pace.intensity, lead);
  Object.assign(pace.meter, { readMs: 0, isHurried: lead <= 0 });
  if (isToBeRenewed(shift)) await save(shift, shift.lease.shard.progress);
  return hasRoomFor(shift, pause) && (await sleepUntil(shift, now + pause));
};

/** Between two checkpoints a pause or a cancellation of the scan is looked for this often. */
const ASK_MS = 5_000;

const isWanted = async (shift: Shift, pace: Pace): Promise<boolean> => {
  const now = shift.world.clock.now();
  if (now - pace.asked < ASK_MS) return true;
  pace.asked = now;
  return await hasTime(shift);
};

/**
 * Below full intensity the sides steer their pages themselves: for how long one was waited for says nothing of them, with
 * the pauses in it.
 */
export const steeringOf =
  ({ pace }: Shift): typeof nextRows =>
  (rows, tookMs, most) =>
    pace === undefined || pace.meter.isHurried ? nextRows(rows, tookMs, most) : most;

/** A shard that walks no more makes room for the next, even while it waits out a grace period. */
export const handOn = async ({ world, scan, settings, pace }: Shift): Promise<void> => {
  const atOnce = pace ? 1 : MOST_WALKERS;
  if (scan.shard_count > atOnce) await ringInTurn(world, scan, walkersOf(scan, settings, world.clock.now()));
};

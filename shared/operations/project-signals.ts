import { openSince } from '../domain/breaker.ts';
import type { Project } from '../domain/project.ts';
import type { Scan } from '../domain/scan.ts';
import { standingPercentage } from '../domain/sums.ts';
import { verifiedUntil } from '../domain/verified.ts';
import type { StandingDrifts } from '../ports.ts';
import type { World } from './world.ts';

/** How a project stands, as numbers that alarms watch. Their names are those of the metrics. */
export interface ProjectSignals {
  active_syncs: number;
  /** What stands, of what the newest scan that knew saw, as the status says it; absent before there is one. */
  drift_percentage?: number;
  /** Since the end of that scan, or since the project's registration. */
  scan_age_seconds: number;
  /** Of what is open or waits; 0 if nothing does. */
  oldest_drift_seconds: number;
  /** Of the breaker that has been open longest, by itself or held by a person. */
  breaker_open_seconds: number;
  approval_waiting_seconds: number;
  /** Since the time before which every recorded change is proven equal, text by text, or since the registration. */
  verified_age_seconds: number;
}

/** A few reads, whatever the project holds. Not strongly consistent. */
export const projectSignals = async (world: World, project: Project): Promise<ProjectSignals> => {
  const { project: name, registered_at } = project;
  // Read before what stands: a scan has recorded what it found before it counts as whole.
  const whole = await world.scans.newestWhole(name);
  const [active_syncs, drifts, breakers, approval] = await Promise.all([
    world.documents.openCount(name),
    world.drifts.standing(name),
    world.breakers.all(name),
    world.projects.approval(name),
  ]);
  const newest = newestOf(whole);
  const areOurs = approval?.reason !== 'identity';
  const { content } = verifiedUntil({ whole, unequal: drifts.unequal, areOurs });
  const age = (since: string | undefined) =>
    since === undefined ? 0 : Math.max(0, (world.clock.now() - Date.parse(since)) / 1000);
  return {
    active_syncs,
    ...(newest ? { drift_percentage: driftNow(newest, whole, drifts) } : {}),
    scan_age_seconds: age(newest?.completed_at ?? registered_at),
    oldest_drift_seconds: age(drifts.oldest),
    breaker_open_seconds: Math.max(...breakers.map((breaker) => age(openSince(breaker)))),
    approval_waiting_seconds: age(approval?.since),
    verified_age_seconds: age(content ?? registered_at),
  };
};

const newestOf = (whole: Scan[]): Scan | undefined =>
  whole.toSorted((a, b) => ((a.completed_at ?? '') < (b.completed_at ?? '') ? 1 : -1))[0];

/** Of more than can be counted each minute, at least what the newest scan of some depth found. */
const driftNow = (newest: Scan, whole: Scan[], { count, hasMore }: StandingDrifts): number => {
  const now = standingPercentage(newest, count) ?? 0;
  return hasMore ? Math.max(now, ...whole.map(({ drift_percentage }) => drift_percentage ?? 0)) : now;
};

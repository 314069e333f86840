import { openSince } from '../domain/breaker.ts';
import type { Project } from '../domain/project.ts';
import type { Scan } from '../domain/scan.ts';
import type { World } from './world.ts';

/** How a project stands, as numbers that alarms watch. Their names are those of the metrics. */
export interface ProjectSignals {
  active_syncs: number;
  /** Of the newest scan that knew; absent before there is one. */
  drift_percentage?: number;
  /** Since the end of that scan, or since the project's registration. */
  scan_age_seconds: number;
  /** Of what is open or waits; 0 if nothing does. */
  oldest_drift_seconds: number;
  /** Of the breaker that has been open longest, by itself or held by a person. */
  breaker_open_seconds: number;
  approval_waiting_seconds: number;
}

const RECENT = 5;

/** A few reads of one item each, whatever the project holds. Not strongly consistent. */
export const projectSignals = async (world: World, project: Project): Promise<ProjectSignals> => {
  const { project: name, registered_at } = project;
  const [active_syncs, newest, drift, breakers, approval] = await Promise.all([
    world.documents.openCount(name),
    newestKnowing(world, name),
    world.drifts.oldestStanding(name),
    world.breakers.all(name),
    world.projects.approval(name),
  ]);
  const age = (since: string | undefined) =>
    since === undefined ? 0 : Math.max(0, (world.clock.now() - Date.parse(since)) / 1000);
  return {
    active_syncs,
    ...(newest ? { drift_percentage: newest.drift_percentage ?? 0 } : {}),
    scan_age_seconds: age(newest?.completed_at ?? registered_at),
    oldest_drift_seconds: age(drift),
    breaker_open_seconds: Math.max(...breakers.map((breaker) => age(openSince(breaker)))),
    approval_waiting_seconds: age(approval?.since),
  };
};

/** A scan that asks for an approval has seen the whole project too; of those, only the most recent scans are looked at. */
const newestKnowing = async ({ scans }: World, project: string): Promise<Scan | undefined> => {
  const [completed, { items }] = await Promise.all([
    scans.newestCompleted(project),
    scans.list(project, { limit: RECENT }),
  ]);
  const knowing = [...completed, ...items].filter(
    ({ completed_at, drift_percentage }) => completed_at && drift_percentage !== null,
  );
  return knowing.sort((a, b) => ((a.completed_at ?? '') < (b.completed_at ?? '') ? 1 : -1))[0];
};

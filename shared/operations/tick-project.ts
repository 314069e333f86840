import type { Project } from '../domain/project.ts';
import { type Depth, isAsDeepAs, type Scan } from '../domain/scan.ts';
import { driveScans } from './drive-scans.ts';
import type { Remaining } from './finish-scan.ts';
import { type Planned, planScan } from './plan-scan.ts';
import type { World } from './world.ts';

const DAY_SECONDS = 86_400;
const RECENT = 20;
/** Ticks come each minute, some milliseconds early or late: what is due before the next one is nearer is due now. */
const HALF_A_TICK_MS = 30_000;

/**
 * The tick of one project: drives what an earlier one left, then starts the deepest scan that is due: texts and
 * manifests daily, vectors weekly, fingerprints at the check interval. The scan bears the tick's correlation id.
 */
export const tickProject = async (
  world: World,
  project: Project,
  correlation_id = world.ids.uuid(),
  remainingMs?: Remaining,
): Promise<Planned | undefined> => {
  if (project.status === 'registering') return undefined;
  await driveScans(world, project.project, remainingMs);
  const depth = await depthDue(world, project);
  if (depth === undefined) return undefined;
  return await planScan(world, { project: project.project, depth, correlation_id });
};

const depthDue = async (world: World, { project, registered_at }: Project): Promise<Depth | undefined> => {
  const [settings, completed, active, recent] = await Promise.all([
    world.projects.settings(project),
    world.scans.newestWhole(project),
    world.scans.active(project),
    world.scans.list(project, { limit: RECENT }),
  ]);
  const intervals: [Depth, number][] = [
    ['vectors', 7 * DAY_SECONDS],
    ['content', DAY_SECONDS],
    ['fingerprints', settings.check_interval_seconds],
  ];
  const tried = [...completed, ...recent.items];
  const isDue = ([depth, seconds]: [Depth, number]) =>
    !active.some((scan) => isInTheWay(scan, depth)) &&
    world.clock.now() - lastTry(tried, depth, registered_at) >= seconds * 1000 - HALF_A_TICK_MS;
  return intervals.find(isDue)?.[0];
};

/** A deeper scan that runs sees all that this one would; a paused one holds only the slot of its own depth. */
const isInTheWay = (scan: Scan, depth: Depth) =>
  scan.depth === depth || (scan.status === 'running' && isAsDeepAs(scan.depth, depth));

/** One that failed was a try too: a side that is down is not asked again before its time. */
const lastTry = (scans: Scan[], depth: Depth, registered_at: string): number => {
  const tries = scans.filter((scan) => scan.status !== 'cancelled' && isAsDeepAs(scan.depth, depth));
  return Math.max(Date.parse(registered_at), ...tries.map(({ started_at }) => Date.parse(started_at)));
};

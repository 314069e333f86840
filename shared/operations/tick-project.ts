import type { Project } from '../domain/project.ts';
import { type Depth, isAsDeepAs, type Scan } from '../domain/scan.ts';
import { intervalSeconds } from '../domain/scan-times.ts';
import { driveScans } from './drive-scans.ts';
import type { Remaining } from './finish-scan.ts';
import { type Planned, planScan } from './plan-scan.ts';
import type { World } from './world.ts';

const DEEPEST_FIRST: Depth[] = ['vectors', 'content', 'fingerprints'];
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
  const tried = [...completed, ...recent.items];
  const isDue = (depth: Depth) =>
    !active.some((scan) => scan.depth === depth) &&
    world.clock.now() - lastTry(tried, depth, registered_at) >=
      intervalSeconds(depth, settings) * 1000 - HALF_A_TICK_MS;
  return DEEPEST_FIRST.find(isDue);
};

/**
 * One that failed was a try too: a side that is down is not asked again before its time. One that is deeper sees all that
 * this one would, but where it takes longer than this one's interval, this one runs beside it.
 */
const lastTry = (scans: Scan[], depth: Depth, registered_at: string): number => {
  const tries = scans.filter((scan) => scan.status !== 'cancelled' && isAsDeepAs(scan.depth, depth));
  return Math.max(Date.parse(registered_at), ...tries.map(({ started_at }) => Date.parse(started_at)));
};

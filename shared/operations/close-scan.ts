import type { Project } from '../domain/project.ts';
import { NO_SUMS, type Scan, type ScanError, type Shard } from '../domain/scan.ts';
import { addSums, blastRadius, driftedIn, driftPercentage } from '../domain/sums.ts';
import { UnavailableError } from '../errors.ts';
import { finishScan, type Remaining } from './finish-scan.ts';
import { otherIdentity } from './register-project.ts';
import { hasEnded } from './shard-order.ts';
import { timestamp, type World } from './world.ts';

type Ending = Pick<Scan, 'status' | 'sums' | 'drift_percentage' | 'completed_at'> & { error?: ScanError };

/**
 * Closes a scan whose shards have all ended: by the last shard, else by the planner's tick. Idempotent: one
 * conditional update decides, and everything after it can be repeated. `known`: its shards, for who has just read them.
 */
export const closeScan = async (
  world: World,
  project: string,
  scan_id: string,
  remainingMs: Remaining,
  known?: Shard[],
): Promise<Scan | undefined> => {
  const scan = await world.scans.get(project, scan_id);
  if (scan?.status !== 'running') return undefined;
  const shards = known ?? (await world.scans.shards(project, scan_id));
  const isOverdue = scan.deadline <= timestamp(world);
  if (!isOverdue && !shards.every(hasEnded)) return undefined;
  const closed = await world.scans.change(project, scan_id, ['running'], await endingOf(world, scan, shards));
  return closed && (await finishScan(world, closed, remainingMs));
};

const endingOf = async (world: World, scan: Scan, shards: Shard[]): Promise<Ending> => {
  const sums = shards.reduce((sum, { progress }) => addSums(sum, progress.sums), NO_SUMS);
  const completed_at = timestamp(world);
  const failed = shards.find(({ progress }) => progress.status !== 'done');
  const error = failed ? (failed.progress.error ?? LATE) : await identityError(world, scan);
  if (error && error.kind !== 'identity')
    return { status: 'detection_failed', sums, drift_percentage: null, completed_at, error };
  const drift_percentage = driftPercentage(sums);
  const settings = await world.projects.settings(scan.project);
  const isAsking =
    error ?? blastRadius(sums) ?? (settings.mode === 'plan' && driftedIn(sums) > 0 ? 'plan' : undefined);
  const status = isAsking ? 'needs_approval' : 'completed';
  return { status, sums, drift_percentage, completed_at, ...(error ? { error } : {}) };
};

const LATE: ScanError = {
  side: 'state',
  kind: 'timeout',
  detail: 'a shard was not done by the scan’s deadline',
};

const identityError = async (world: World, scan: Scan): Promise<ScanError | undefined> => {
  try {
    const project = await world.projects.get(scan.project);
    const other = project && (await otherIdentity(world, project as Project));
    if (!other) return undefined;
    return { side: other, kind: 'identity', detail: `${other} does not carry this project's identity` };
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    return { side: error.dependency, kind: error.kind, detail: error.message };
  }
};

import { intensityOf } from '../domain/intensity.ts';
import { type Progress, progressOf } from '../domain/progress.ts';
import type { Project, RepairRun } from '../domain/project.ts';
import type { Reason } from '../domain/reason.ts';
import type { Scan, ScanSums } from '../domain/scan.ts';
import { addSums } from '../domain/sums.ts';
import { NotFoundError } from '../errors.ts';
import type { Page } from '../ports.ts';
import { projectOrFail } from './query-projects.ts';
import { repairRows } from './query-repairs.ts';
import { checksNotApplicable } from './scan-checks.ts';
import type { World } from './world.ts';

const RUNS = 100;

export const queryScan = async (world: World, name: string, scan_id: string) => {
  const project = await projectOrFail(world, name);
  const scan = await world.scans.get(name, scan_id);
  if (scan === undefined) throw new NotFoundError(`there is no scan ${scan_id} in project "${name}"`);
  return await scanOnWire(world, project, scan, await runsOf(world, scan));
};

/** The run that a scan releases by itself bears its id; one that was approved is among the newest. */
const runsOf = async (world: World, { project, scan_id }: Scan): Promise<RepairRun[]> => {
  const [own, recent] = await Promise.all([world.repairs.get(project, scan_id), recentRuns(world, project)]);
  return [...(own ? [own] : []), ...recent.filter((run) => run.repair_id !== scan_id)];
};

export const queryScans = async (world: World, name: string, page: Page) => {
  const project = await projectOrFail(world, name);
  const [{ items: scans, ...rest }, runs] = await Promise.all([
    world.scans.list(name, page),
    recentRuns(world, name),
  ]);
  const items = [];
  for (const scan of scans) items.push(await scanOnWire(world, project, scan, runs));
  return { items, ...rest };
};

const recentRuns = async ({ repairs }: World, name: string) =>
  (await repairs.list(name, { limit: RUNS })).items;

/** A scan as it stands, with the repairs that were released for it, by itself or by a person's approval. */
export const scanOnWire = async (world: World, project: Project, scan: Scan, runs: RepairRun[]) => {
  const { scan_id, correlation_id, status, depth, drift_percentage, started_at, completed_at, error } = scan;
  const { sums, ...walk } = await soFar(world, scan);
  return {
    scan_id,
    correlation_id,
    status,
    depth,
    compared: sums.compared,
    total: scan.total,
    distinct: sums.distinct,
    drift_percentage,
    drifts: sums.drifts,
    ...walk,
    checks_not_applicable: checksNotApplicable(project, depth, sums.drifts),
    repairs: await repairsOf(
      world,
      runs.filter((run) => run.scan_id === scan_id),
    ),
    started_at,
    ...(completed_at ? { completed_at } : {}),
    ...(error ? { error } : {}),
  };
};

/** Until a scan ends, its shards say how far it has come: as far as their checkpoints. */
const soFar = async (
  { scans, projects, clock }: World,
  scan: Scan,
): Promise<{ sums: ScanSums; progress?: Progress & { intensity_percent: number } }> => {
  if (scan.status !== 'running' && scan.status !== 'paused') return { sums: scan.sums };
  const [shards, settings] = await Promise.all([
    scans.shards(scan.project, scan.scan_id),
    projects.settings(scan.project),
  ]);
  const sums = shards.reduce((sum, { progress }) => addSums(sum, progress.sums), scan.sums);
  const intensity_percent = intensityOf(scan, settings);
  return { sums, progress: { ...progressOf(scan, shards, clock.now()), intensity_percent } };
};

const repairsOf = async (world: World, runs: RepairRun[]) => {
  const of = (outcome: keyof RepairRun['counts']) => runs.reduce((sum, run) => sum + run.counts[outcome], 0);
  const ended = of('repaired') + of('skipped') + of('failed') + of('rate_limited');
  const accepted = runs.reduce((sum, run) => sum + run.accepted, 0);
  return {
    pending: Math.max(0, accepted - ended),
    repaired: of('repaired'),
    skipped: of('skipped') > 0 ? await skippedByReason(world, runs) : {},
    failed: of('failed'),
    rate_limited: of('rate_limited'),
  };
};

const skippedByReason = async (world: World, runs: RepairRun[]) => {
  const reasons: Partial<Record<Reason, number>> = {};
  for (const run of runs)
    for await (const { outcome, reason } of repairRows(world, run))
      if (outcome === 'skipped' && reason) reasons[reason] = (reasons[reason] ?? 0) + 1;
  return reasons;
};

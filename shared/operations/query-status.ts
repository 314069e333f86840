import { type Approval, type Project, STANDING } from '../domain/project.ts';
import type { Depth, DriftCounts, Scan } from '../domain/scan.ts';
import type { Settings } from '../domain/settings.ts';
import { standingPercentage } from '../domain/sums.ts';
import { coverageOf, type FirstUnequal, firstOf, verifiedUntil } from '../domain/verified.ts';
import { lastSync } from './last-sync.ts';
import { breakerOnWire, countOn, projectOrFail } from './query-projects.ts';
import type { World } from './world.ts';

export type ProjectStatus =
  | 'synchronized'
  | 'drifting'
  | 'critical'
  | 'detection_failed'
  | 'needs_approval'
  | 'unknown';

/** How a project stands: by its newest ended scan, by what is still open, and by what waits for a person. */
export const queryStatus = async (world: World, name: string) => {
  const project = await projectOrFail(world, name);
  // Read before what stands: a scan has recorded what it found before it counts as whole.
  const whole = await world.scans.newestWhole(name);
  const [settings, approval, scans, { open_drifts, unequal }, counts, active_syncs, breakers] =
    await Promise.all([
      world.projects.settings(name),
      world.projects.approval(name),
      world.scans.list(name, { limit: 20 }),
      openDrifts(world, name),
      Promise.all([countOn(world.graph, name), countOn(world.vectors, name)]),
      world.documents.openCount(name),
      world.breakers.all(name),
    ]);
  const last = scans.items.find(hasEnded);
  const standing = Object.values(open_drifts).reduce((sum, of) => sum + of, 0);
  const drift_percentage = last ? standingPercentage(last, standing) : null;
  return {
    project: name,
    status: statusOf(settings, approval, last, drift_percentage),
    drift_percentage,
    depth: last?.depth ?? (null as Depth | null),
    neo4j_count: counts[0],
    qdrant_count: counts[1],
    open_drifts,
    last_scan_id: last?.scan_id ?? null,
    last_scan_at: last?.completed_at ?? null,
    verified_until: verifiedUntil({ whole, unequal, areOurs: approval?.reason !== 'identity' }),
    coverage: coverageOf(whole),
    active_syncs,
    last_sync: (await syncedAt(world, project, scans.items)) ?? null,
    mode: settings.mode,
    approval: approval ? approvalOnWire(approval) : null,
    breakers: breakers.map(breakerOnWire),
  };
};

const hasEnded = ({ completed_at, status }: Scan) => completed_at !== undefined && status !== 'cancelled';

const syncedAt = (world: World, project: Project, scans: Scan[]) => lastSync(world, project, scans[0]);

const PAGE = 1000;

const openDrifts = async ({ drifts }: World, name: string) => {
  const open_drifts: DriftCounts = {};
  let unequal: FirstUnequal;
  const countOf = async (status: (typeof STANDING)[number]) => {
    let cursor: string | undefined;
    do {
      const page = await drifts.list(name, { status }, { limit: PAGE, ...(cursor ? { cursor } : {}) });
      for (const { type } of page.items) open_drifts[type] = (open_drifts[type] ?? 0) + 1;
      for (const { recorded_at } of page.items) unequal = firstOf(unequal, recorded_at ?? null);
      cursor = page.next_cursor;
    } while (cursor !== undefined);
  };
  await Promise.all(STANDING.map(countOf));
  return { open_drifts, unequal };
};

const statusOf = (
  settings: Settings,
  approval: Approval | undefined,
  last: Scan | undefined,
  percent: number | null,
): ProjectStatus => {
  if (approval !== undefined) return 'needs_approval';
  if (last === undefined) return 'unknown';
  if (percent === null) return last.status === 'detection_failed' ? 'detection_failed' : 'unknown';
  if (percent > settings.alert_above_percent) return 'critical';
  return percent < settings.synchronized_below_percent ? 'synchronized' : 'drifting';
};

const approvalOnWire = (approval: Approval) => {
  const { approval_id, scan_id, plan_hash, reason, since, verdicts, embedding_tokens } = approval;
  return { id: approval_id, scan_id, plan_hash, reason, since, verdicts, embedding_tokens };
};

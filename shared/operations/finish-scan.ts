import type { Listing } from '../domain/ending.ts';
import { documentPosition, type EventType, scanStream } from '../domain/event.ts';
import type { RepairRun } from '../domain/project.ts';
import type { Scan } from '../domain/scan.ts';
import { driftedIn } from '../domain/sums.ts';
import { recordOnce } from './journal.ts';
import { listStanding } from './list-standing.ts';
import { releaseRepairs, ringRun } from './release-repairs.ts';
import { requestApproval } from './request-approval.ts';
import { ring } from './ring.ts';
import type { World } from './world.ts';

/** How long whoever works has left, in milliseconds. */
export type Remaining = () => number;
/** For who has somebody waiting: the tick does the rest. */
export const ONE_PAGE: Remaining = () => 0;

/**
 * What follows from an ended scan, or as much of it as there is time for: the tick goes on. Every step can be repeated, and
 * two may be at it at once; `released` says that all of it was done. The doorbells of its run come last, since those of a
 * run that has started are rung again by every tick.
 */
export const finishScan = async (world: World, scan: Scan, remainingMs: Remaining): Promise<Scan> => {
  if (scan.status !== 'cancelled') await recordEnd(world, scan);
  const listing = await listStanding(world, scan, remainingMs);
  if (listing === 'unfinished') return scan;
  const run = await actOn(world, scan, listing);
  await announce(world, scan);
  const finished = await world.scans.change(scan.project, scan.scan_id, [scan.status], { released: true });
  if (run) await ringRun(world, run);
  return finished ?? scan;
};

const actOn = async (world: World, scan: Scan, listing: Listing): Promise<RepairRun | undefined> => {
  if (scan.status === 'needs_approval') await requestApproval(world, scan, listing);
  return scan.status === 'completed' ? await releaseRepairs(world, scan, listing) : undefined;
};

const recordEnd = (world: World, scan: Scan) => {
  const type: EventType = scan.status === 'detection_failed' ? 'detection_failed' : 'drift_scan_completed';
  const { project, scan_id, correlation_id, drift_percentage, sums, depth, error } = scan;
  return recordOnce(
    world,
    type,
    { project, correlation_id, stream: scanStream(project, scan_id), position: documentPosition(0, type) },
    {
      status: scan.status,
      metadata: {
        scan_id,
        depth,
        drift_percentage,
        compared: sums.compared,
        drifts: sums.drifts,
        suspected: sums.suspected,
      },
      ...(error ? { error: `${error.side}: ${error.kind}: ${error.detail}` } : {}),
    },
  );
};

const announce = (world: World, { project, correlation_id, scan_id, status, sums }: Scan) => {
  const count = driftedIn(sums);
  return ring(world, [
    { type: 'ScanCompleted', project, correlation_id, scan_id, status },
    ...(count > 0 ? [{ type: 'DriftDetected' as const, project, correlation_id, scan_id, count }] : []),
  ]);
};

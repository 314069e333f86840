import { documentPosition, scanStream } from '../domain/event.ts';
import type { Scan, ScanStatus } from '../domain/scan.ts';
import { SCAN_DEADLINE_SECONDS } from '../domain/scan-times.ts';
import { ConflictError, NotFoundError } from '../errors.ts';
import { driveScan } from './drive-scans.ts';
import { ONE_PAGE } from './finish-scan.ts';
import { record } from './journal.ts';
import { projectOrFail } from './query-projects.ts';
import { timestamp, type World } from './world.ts';

export interface SteerRequest {
  project: string;
  scan_id: string;
  correlation_id: string;
  action: 'pause' | 'resume' | 'cancel';
}

const STEERING = {
  pause: { from: ['running'], to: 'paused', event: 'scan_paused' },
  resume: { from: ['paused'], to: 'running', event: 'scan_resumed' },
  cancel: { from: ['running', 'paused'], to: 'cancelled', event: 'scan_cancelled' },
} as const satisfies Record<string, { from: ScanStatus[]; to: ScanStatus; event: string }>;

/**
 * Pauses, resumes or cancels a scan: its workers see it at their next page. One that is as wanted already is left as
 * it is; ConflictError `scan_status` if it can't be any more.
 */
export const steerScan = async (world: World, request: SteerRequest): Promise<Scan> => {
  const { project, scan_id, action } = request;
  await projectOrFail(world, project);
  const { from, to, event } = STEERING[action];
  const change = { status: to, ...(await consequence(world, request, to)) };
  const scan = await world.scans.change(project, scan_id, [...from], change);
  if (scan === undefined) return await unchanged(world, request, to);
  await recordSteering(world, request, event, to);
  if (action === 'resume') await driveScan(world, scan, ONE_PAGE);
  return scan;
};

/** The time that a scan was paused is not held against it. */
const consequence = async (
  world: World,
  { project, scan_id }: SteerRequest,
  to: 'paused' | 'running' | 'cancelled',
): Promise<Partial<Scan>> => {
  if (to === 'cancelled') return { completed_at: timestamp(world) };
  if (to === 'paused') return { paused_at: timestamp(world) };
  const { paused_at = timestamp(world), paused_ms = 0 } = (await world.scans.get(project, scan_id)) ?? {};
  const deadline = timestamp(world, SCAN_DEADLINE_SECONDS * 1000);
  return { deadline, paused_ms: paused_ms + Math.max(0, world.clock.now() - Date.parse(paused_at)) };
};

const unchanged = async (world: World, { project, scan_id, action }: SteerRequest, to: ScanStatus) => {
  const scan = await world.scans.get(project, scan_id);
  if (scan === undefined) throw new NotFoundError(`there is no scan ${scan_id} in project "${project}"`);
  if (scan.status === to) return scan;
  const status = scan.status;
  throw new ConflictError(`can't ${action} a scan that is ${status}`, 'scan_status', {
    scan_id,
    scan_status: status,
    field: 'action',
  });
};

const recordSteering = (
  world: World,
  { project, scan_id, correlation_id }: SteerRequest,
  event: (typeof STEERING)[keyof typeof STEERING]['event'],
  status: ScanStatus,
) => {
  const position = documentPosition(0, event, world.ids.uuid());
  const place = { project, correlation_id, stream: scanStream(project, scan_id), position };
  return record(world, event, place, { status, metadata: { scan_id } });
};

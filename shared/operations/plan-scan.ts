import { scanStream } from '../domain/event.ts';
import { walkersOf } from '../domain/intensity.ts';
import type { Project } from '../domain/project.ts';
import { type Depth, NO_SUMS, type Scan } from '../domain/scan.ts';
import { SCAN_DEADLINE_SECONDS } from '../domain/scan-times.ts';
import { provenBy } from '../domain/verified.ts';
import { messageOf, NotFoundError, UnavailableError } from '../errors.ts';
import { shardsOf } from './cut-shards.ts';
import { finishScan, ONE_PAGE } from './finish-scan.ts';
import { recordOnce } from './journal.ts';
import { closedThrough } from './last-sync.ts';
import { otherIdentity } from './register-project.ts';
import { ringShards } from './ring.ts';
import { inTurn } from './shard-order.ts';
import { timestamp, type World } from './world.ts';

export interface PlanRequest {
  project: string;
  depth: Depth;
  correlation_id: string;
  /** In place of the project's setting. */
  intensity_percent?: number;
}
export type Planned = { outcome: 'started' | 'running' | 'ended'; scan: Scan };

/**
 * Starts a scan of a project, or answers the one of this depth that is running. A side that can't be counted makes a
 * scan that ended `detection_failed`, another identity one that ended `needs_approval`: both are scans on record.
 */
export const planScan = async (world: World, request: PlanRequest): Promise<Planned> => {
  const project = await world.projects.get(request.project);
  if (project === undefined) throw new NotFoundError(`there is no project "${request.project}"`);
  const scan = await drafted(world, project, request);
  const shards = scan.status === 'running' ? await shardsOf(world, scan) : [];
  const started = await world.scans.start({ ...scan, shard_count: shards.length }, shards);
  if (!started.started) return { outcome: 'running', scan: started.active };
  if (scan.status !== 'running') return { outcome: 'ended', scan: await finishScan(world, scan, ONE_PAGE) };
  await recordStarted(world, scan);
  const settings = await world.projects.settings(scan.project);
  await ringShards(world, scan, inTurn(shards, walkersOf(scan, settings, world.clock.now())));
  return { outcome: 'started', scan };
};

const drafted = async (
  world: World,
  project: Project,
  { depth, correlation_id, intensity_percent }: PlanRequest,
): Promise<Scan> => {
  const draft: Scan = {
    project: project.project,
    scan_id: world.ids.uuid(),
    correlation_id,
    depth,
    status: 'running',
    identity: project.identity,
    total: 0,
    counts: { graph: 0, vectors: 0 },
    shard_count: 0,
    sums: NO_SUMS,
    ...(await fromTheLast(world, project.project, depth)),
    started_at: timestamp(world),
    deadline: timestamp(world, SCAN_DEADLINE_SECONDS * 1000),
    drift_percentage: null,
    released: false,
    ...(intensity_percent === undefined ? {} : { intensity_percent }),
    ...(await closedThrough(world, project)),
  };
  try {
    return await counted(world, project, draft);
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    return ended(draft, 'detection_failed', error.dependency, error.kind, messageOf(error), timestamp(world));
  }
};

const counted = async (world: World, project: Project, draft: Scan): Promise<Scan> => {
  const other = await otherIdentity(world, project);
  if (other)
    return ended(
      draft,
      'needs_approval',
      other,
      'identity',
      `${other} does not carry this project's identity`,
      draft.started_at,
    );
  const [graph, vectors] = await Promise.all([
    world.graph.count(project.project),
    world.vectors.count(project.project),
  ]);
  return { ...draft, counts: { graph, vectors }, total: Math.max(graph, vectors) };
};

const ended = (
  draft: Scan,
  status: 'detection_failed' | 'needs_approval',
  side: string,
  kind: string,
  detail: string,
  completed_at: string,
): Scan => ({ ...draft, status, completed_at, error: { side, kind, detail } });

/**
 * The slice advances only when a scan has seen it, so that no part of the ids is left out after a failure. What the last
 * whole scan has proven stands until this one proves more.
 */
const fromTheLast = async (
  { scans }: World,
  project: string,
  depth: Depth,
): Promise<Pick<Scan, 'sample_slice' | 'proven_before'>> => {
  const newest = (await scans.newestWhole(project)).find((scan) => scan.depth === depth);
  const proven_before = newest && provenBy(newest);
  return {
    sample_slice: newest ? (newest.sample_slice + 1) % 100 : 0,
    ...(proven_before ? { proven_before } : {}),
  };
};

const recordStarted = (world: World, scan: Scan) =>
  recordOnce(
    world,
    'drift_scan_started',
    {
      project: scan.project,
      correlation_id: scan.correlation_id,
      stream: scanStream(scan.project, scan.scan_id),
      position: 'started',
    },
    { status: 'running', metadata: { scan_id: scan.scan_id, depth: scan.depth, total: scan.total } },
  );

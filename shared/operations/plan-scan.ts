import { ALL_IDS, type IdRange } from '../domain/chunk.ts';
import { scanStream } from '../domain/event.ts';
import type { Project } from '../domain/project.ts';
import { type Depth, NO_SUMS, type Scan, type Shard, type ShardTask } from '../domain/scan.ts';
import { messageOf, NotFoundError, UnavailableError } from '../errors.ts';
import { closeScan, finishScan } from './close-scan.ts';
import { recordOnce } from './journal.ts';
import { closedThrough } from './last-sync.ts';
import { otherIdentity } from './register-project.ts';
import { driveRepairs } from './release-repairs.ts';
import { ring } from './ring.ts';
import { timestamp, type World } from './world.ts';

export interface PlanRequest {
  project: string;
  depth: Depth;
  correlation_id: string;
}
export type Planned = { outcome: 'started' | 'running' | 'ended'; scan: Scan };

const SHARD_ROWS = 100_000;
const MOST_SHARDS = 64;
const MANIFESTS_IN_ONE_SHARD = 50_000;
export const SCAN_DEADLINE_SECONDS = 3_600;

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
  if (scan.status !== 'running') return { outcome: 'ended', scan: await finishScan(world, scan) };
  await recordStarted(world, scan);
  await ringShards(world, scan, shards);
  return { outcome: 'started', scan };
};

const drafted = async (
  world: World,
  project: Project,
  { depth, correlation_id }: PlanRequest,
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
    sample_slice: await nextSlice(world, project.project, depth),
    started_at: timestamp(world),
    deadline: timestamp(world, SCAN_DEADLINE_SECONDS * 1000),
    drift_percentage: null,
    released: false,
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

/** The slice advances only when a scan has completed, so that no part of the ids is left out after a failure. */
const nextSlice = async ({ scans }: World, project: string, depth: Depth): Promise<number> => {
  const newest = (await scans.newestCompleted(project)).find((scan) => scan.depth === depth);
  return newest ? (newest.sample_slice + 1) % 100 : 0;
};

const shardsOf = async (world: World, scan: Scan): Promise<Shard[]> => {
  const tasks = scan.depth === 'counts' ? [{ kind: 'counts' as const }] : await walks(world, scan);
  return tasks.map((task, shard) => ({
    project: scan.project,
    scan_id: scan.scan_id,
    shard,
    correlation_id: world.ids.uuid(),
    task,
    progress: { status: 'walking', pages: 0, sums: NO_SUMS },
    failures: 0,
  }));
};

const walks = async (world: World, scan: Scan): Promise<ShardTask[]> => {
  const ranges = (await cutRanges(world, scan)).map((range): ShardTask => ({ kind: 'range', range }));
  if (scan.depth === 'fingerprints') return ranges;
  return [...ranges, ...manifestTasks(scan)];
};

const manifestTasks = ({ total }: Scan): ShardTask[] =>
  total <= MANIFESTS_IN_ONE_SHARD
    ? [{ kind: 'manifests' }]
    : Array.from({ length: 16 }, (_, share) => ({ kind: 'manifests', share }));

/** Ranges of about equal numbers of ids, cut at first bytes, from the counts of the side that holds more. */
const cutRanges = async (world: World, scan: Scan): Promise<IdRange[]> => {
  const wanted = Math.min(MOST_SHARDS, Math.ceil(scan.total / SHARD_ROWS));
  if (wanted <= 1) return [ALL_IDS];
  const side = scan.counts.graph >= scan.counts.vectors ? world.graph : world.vectors;
  return rangesOf(await side.countByBucket(scan.project), wanted);
};

const rangesOf = (buckets: number[], wanted: number): IdRange[] => {
  const each = buckets.reduce((sum, count) => sum + count, 0) / wanted;
  const starts = [0];
  let held = 0;
  buckets.forEach((count, bucket) => {
    if (held >= each * starts.length && bucket > 0) starts.push(bucket);
    held += count;
  });
  return starts.map((bucket, index) => {
    const next = starts[index + 1];
    return { from: firstId(bucket), ...(next === undefined ? {} : { to: firstId(next) }) };
  });
};

const firstId = (bucket: number) =>
  `${bucket.toString(16).padStart(2, '0')}000000-0000-0000-0000-000000000000`;

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

const ringShards = (world: World, { project, scan_id }: Scan, shards: Shard[]) =>
  ring(
    world,
    shards.map(({ shard, correlation_id }) => ({
      type: 'ShardReady',
      project,
      correlation_id,
      scan_id,
      shard,
    })),
  );

/**
 * The tick: drives what an earlier one left. Shards that nobody holds are rung again, scans whose shards have ended
 * are closed, ended scans are finished, repairs that had to wait are rung again.
 */
export const driveScans = async (world: World, project: string): Promise<void> => {
  for (const scan of await world.scans.active(project)) await driveScan(world, scan);
  const { items } = await world.scans.list(project, { limit: 10 });
  for (const scan of items) if (scan.completed_at && !scan.released) await finishScan(world, scan);
  await driveRepairs(world, project);
};

export const driveScan = async (world: World, scan: Scan): Promise<void> => {
  if (scan.status === 'paused') return;
  const shards = await world.scans.shards(scan.project, scan.scan_id);
  const now = timestamp(world);
  const isIdle = (shard: (typeof shards)[number]) => (shard.lease_until ?? '') <= now;
  const waiting = shards.filter(
    (shard) => !['done', 'failed'].includes(shard.progress.status) && isIdle(shard),
  );
  if (waiting.length > 0) await ringShards(world, scan, waiting);
  await closeScan(world, scan.project, scan.scan_id);
};

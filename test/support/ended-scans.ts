import { randomUUID } from 'node:crypto';
import type { RunChunk } from '../../shared/domain/lane.ts';
import type { DriftItem, RepairRun } from '../../shared/domain/project.ts';
import { NO_SUMS, type Scan } from '../../shared/domain/scan.ts';
import { chunksOf, chunksOfShare } from '../../shared/operations/run-chunks.ts';
import { timestamp } from '../../shared/operations/world.ts';
import { aDrift } from '../contracts/drifts.ts';
import { aScan } from '../contracts/scans.ts';
import type { LocalWorld } from './world.ts';

/** Differences that stand, as an earlier scan has recorded them. */
export const standingDrifts = async (
  { world, project }: LocalWorld,
  count: number,
  over: Partial<DriftItem> = {},
) => {
  const now = timestamp(world);
  const of = { project, first_seen: now, last_seen: now, scan_id: randomUUID(), ...over };
  const items = Array.from({ length: count }, (_, i) => aDrift({ ...of, file_path: `${i % 50}.md` }));
  await world.drifts.record(items);
  return items.map(({ chunk_id }) => chunk_id);
};

/** A scan that has just ended, and nothing that follows from that is done. */
export const endedScan = async (
  { world, project }: LocalWorld,
  to: Pick<Scan, 'status'> & Partial<Scan>,
): Promise<Scan> => {
  const scan = aScan({ project, started_at: timestamp(world), deadline: timestamp(world, 3_600_000) });
  await world.scans.start(scan, []);
  const end = { sums: NO_SUMS, completed_at: timestamp(world), drift_percentage: 20, ...to };
  const ended = await world.scans.change(project, scan.scan_id, ['running'], end);
  if (!ended) throw new Error('the scan did not end');
  return ended;
};

type Listed = Pick<RepairRun, 'project' | 'list_id' | 'shares' | 'accepted'>;

/** Which chunks a run or a request is for, in every share, in order of id. */
export const listedIn = async ({ world }: LocalWorld, run: Listed): Promise<string[]> => {
  const { shares } = run;
  const lists: RunChunk[][] = shares
    ? await Promise.all(shares.map((_, share) => chunksOfShare(world, run as RepairRun, share)))
    : await Array.fromAsync(chunksOf(world, run));
  return lists
    .flat()
    .map(({ chunk_id }) => chunk_id)
    .sort();
};

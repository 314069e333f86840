import type { ChunkId } from '../domain/chunk.ts';
import type { Project } from '../domain/project.ts';
import type { CandidateBatch, Depth, Lease, Scan, ShardProgress } from '../domain/scan.ts';
import type { Settings } from '../domain/settings.ts';
import type { Tally } from '../domain/tally.ts';
import type { Meter } from './gentle-reads.ts';
import { timestamp, type World } from './world.ts';

export const LEASE_MS = 60_000;
/** What a page, its looks and its checkpoint may take: no page is begun with less left. */
const RESERVE_MS = 10_000;

/** What it takes to look at a project's chunks. `scan_id` is null for whoever looks at them outside of any scan. */
export interface Watch {
  world: World;
  project: Project;
  settings: Settings;
  scan: { scan_id: string | null; depth: Depth };
}

/** What a worker must know to hold a scan's intensity. It is that of when it took its lease. */
export interface Pace {
  intensity: number;
  meter: Meter;
  /** How many ids the other shards had walked by then, and how many there are to walk in all. */
  others: number;
  total: number;
  isInTurn: boolean;
  /** When it was last asked whether the scan still runs. */
  asked: number;
}

/** Everything that a worker needs of a shard while it holds it. */
export interface Shift extends Watch {
  scan: Scan;
  lease: Lease;
  /** What a `vectors` scan embeds again besides its sample: only so can it tell that a wrong vector is right by now. */
  embed_again: Set<ChunkId>;
  /** When this worker took the lease, by its own clock. */
  began: number;
  remainingMs: () => number;
  /** What the graph says of itself in a range, where this worker walks it from its beginning. */
  tally: Tally | undefined;
  pageRows: number | undefined;
  /** Absent: it reads as fast as it can. */
  pace?: Pace;
}

/** Saves progress (and the candidates that it covers) and extends the lease; throws FencedError if it was lost. */
export const save = async (shift: Shift, progress: ShardProgress, found?: CandidateBatch): Promise<void> => {
  shift.lease = await shift.world.scans.checkpoint(
    shift.lease,
    progress,
    timestamp(shift.world, LEASE_MS),
    found,
  );
};

/** Whether it is time to save, where something long goes on within a page or without any. */
export const isToBeRenewed = ({ lease, world }: Shift): boolean =>
  Date.parse(lease.lease_until) - world.clock.now() < LEASE_MS - NAP_MS;

export const hasTime = async ({ world, scan, remainingMs }: Shift): Promise<boolean> =>
  remainingMs() > RESERVE_MS && (await world.scans.get(scan.project, scan.scan_id))?.status === 'running';

/** Whether it can wait so long and take a page afterwards. */
export const hasRoomFor = ({ remainingMs }: Shift, ms: number): boolean =>
  ms === 0 || remainingMs() > ms + RESERVE_MS;

/** A sleep is never longer, so that the lease is renewed well before it ends. */
const NAP_MS = LEASE_MS / 3;

/**
 * Sleeps until a time comes and keeps the lease meanwhile; `false` if that would take longer than the worker has, or the scan
 * runs no more.
 */
export const sleepUntil = async (shift: Shift, until: number): Promise<boolean> => {
  const { clock } = shift.world;
  for (let left = until - clock.now(); left > 0; left = until - clock.now()) {
    if (left >= shift.remainingMs()) return false;
    await clock.sleep(Math.min(left, NAP_MS));
    if (left <= NAP_MS) continue;
    await save(shift, shift.lease.shard.progress);
    if (!(await hasTime(shift))) return false;
  }
  return true;
};

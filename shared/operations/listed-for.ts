import { type ChunkId, SIDES, type Side } from '../domain/chunk.ts';
import type { Listing } from '../domain/ending.ts';
import { emptyList, type RunChunk, seenOf, sharesFor } from '../domain/lane.ts';
import { type DriftItem, isHeldBack, isReleasable } from '../domain/project.ts';
import { emptyPlan, plannedFor } from '../domain/repair-plan.ts';
import type { Scan } from '../domain/scan.ts';
import type { Settings } from '../domain/settings.ts';
import { driftedIn } from '../domain/sums.ts';
import { isOfASide } from '../errors.ts';
import type { World } from './world.ts';

export interface ListedFor {
  purpose: Listing['purpose'];
  isListed: (item: DriftItem) => boolean;
}

/**
 * What follows from a scan for what stands. A person is asked about all that may be released, whichever scan has seen it
 * last: a scan that looks less deep takes nothing off the plan. Where it ended with an error, a person decides about that,
 * and about no repair. Otherwise what it has seen is released, and what an earlier release had to leave; in `observe` and
 * `plan`, or while a request is open, nothing is.
 */
export const listedFor = async (
  world: World,
  scan: Scan,
  known: Listing['purpose'] | undefined,
): Promise<ListedFor> => {
  if (scan.status === 'needs_approval' && !scan.error) return { purpose: 'approval', isListed: isReleasable };
  return scan.status === 'completed' && known !== 'none' ? await released(world, scan, known) : NOTHING;
};
const NOTHING: ListedFor = { purpose: 'none', isListed: () => false };

const released = async (
  world: World,
  scan: Scan,
  known: Listing['purpose'] | undefined,
): Promise<ListedFor> => {
  const settings = await world.projects.settings(scan.project);
  if (known === undefined && !(await isReleasing(world, scan.project, settings))) return NOTHING;
  const isListed = (item: DriftItem) =>
    isReleasable(item) && (item.scan_id === scan.scan_id || isHeldBack(item, settings, world.clock.now()));
  return { purpose: 'release', isListed };
};

/** Repairs are released where nobody has to be asked: every guard is asked by the repair itself. */
export const isReleasing = async (
  { projects }: Pick<World, 'projects'>,
  project: string,
  { mode }: Pick<Settings, 'mode'>,
): Promise<boolean> => mode === 'auto' && (await projects.approval(project)) === undefined;

/** Nothing is listed yet. */
export const emptyListing = (scan: Scan, purpose: Listing['purpose']): Listing => ({
  purpose,
  status: 'listing',
  plan: emptyPlan(scan.error?.kind ?? ''),
  list: emptyList(scan.scan_id, sharesOf(scan, purpose)),
});

/** Into how many shares the list is cut: what is released goes the normal lane. */
const sharesOf = ({ sums }: Scan, purpose: Listing['purpose']): number =>
  purpose === 'approval' ? sharesFor(driftedIn(sums)) : 0;

/**
 * What the list says of each: in shares also what its item said, and whose document it is. `down`: sides that did not
 * answer, which are not waited for again.
 */
export const chunksOfItems = async (
  world: World,
  { project }: Scan,
  { purpose, list }: Listing,
  items: DriftItem[],
  down: Set<Side>,
): Promise<RunChunk[]> => {
  const placed = list.isShared ? await place(world, project, items, down) : items;
  return placed.map(
    (item): RunChunk => ({
      ...{ chunk_id: item.chunk_id, file_path: item.file_path },
      ...(item.embed_again ? { embed_again: true } : {}),
      ...(purpose === 'approval' ? { action: plannedFor(item) } : {}),
      ...(list.isShared ? { seen: seenOf(item) } : {}),
    }),
  );
};

/**
 * What was listed in the mass has no path yet, by which chunks of one document come together: either side may name it. A
 * side that is down names none, and holds up nobody: a repair looks for itself.
 */
const place = async (
  world: World,
  project: string,
  items: DriftItem[],
  down: Set<Side>,
): Promise<DriftItem[]> => {
  const found = new Map<ChunkId, string>();
  for (const side of SIDES) {
    if (down.has(side)) continue;
    const ids = items.flatMap(({ chunk_id, file_path }) =>
      file_path === null && !found.has(chunk_id) ? [chunk_id] : [],
    );
    for (const [id, path] of await named(world, side, project, ids, down)) found.set(id, path);
  }
  return items.map((item) => ({ ...item, file_path: item.file_path ?? found.get(item.chunk_id) ?? null }));
};

const named = async (
  world: World,
  side: Side,
  project: string,
  ids: ChunkId[],
  down: Set<Side>,
): Promise<Map<ChunkId, string>> => {
  try {
    return ids.length > 0 ? await world[side].paths(project, ids) : NOWHERE;
  } catch (error) {
    if (!isOfASide(error)) throw error;
    down.add(side);
    return NOWHERE;
  }
};
const NOWHERE: Map<ChunkId, string> = new Map();

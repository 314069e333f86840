import {
  addTallies,
  differingGroups,
  groupOf,
  newTally,
  packTally,
  shareOfGroup,
  type Tally,
  tallyChunk,
  unpackTally,
} from '../domain/tally.ts';
import { type Listed, standingOf } from './contradictions.ts';
import { hasEnded, isRange } from './shard-order.ts';
import { hasTime, isToBeRenewed, type Shift, save } from './shift.ts';

/** What the manifests of a share say, as far as they have been read. */
interface Meant {
  tally: Tally;
  /** How many chunks they name. */
  named: number;
  /** Groups that must be looked at whatever the sums say. */
  doubted: Set<number>;
  cursor: string | undefined;
}

const DOCUMENTS = 100;

/**
 * The groups of documents whose manifests must be looked at. Adds up what the manifests say and compares it with what the
 * ranges have tallied of the graph. Where the sums are equal, the graph holds just what was written, and the ranges have
 * proven that its texts are true and that the collection holds the same. In doubt remain the groups that differ, have an
 * open document, or a removed chunk that stands. How far it has come is kept whenever the lease is renewed, and when no
 * time is left, so that every turn goes on from the last. `everything`: a range was not tallied as a whole. `early`: a
 * range is still being walked. `stopped`: there was no time left.
 */
export const doubtedGroups = async (
  shift: Shift,
  share: number | undefined,
): Promise<ReadonlySet<number> | 'everything' | 'early' | 'stopped'> => {
  const { tallied } = shift.lease.shard.progress;
  if (tallied?.status === 'tallied') return new Set(tallied.doubted);
  const graph = await tallyOfRanges(shift);
  if (graph === 'everything' || graph === 'early') return graph;
  const meant = await resumed(shift);
  while (await tallyPage(shift, share, meant)) {
    if (isToBeRenewed(shift)) await keep(shift, meant);
    if (await hasTime(shift)) continue;
    await keep(shift, meant);
    return 'stopped';
  }
  for (const group of differingGroups(graph, meant.tally))
    if (share === undefined || shareOfGroup(group) === share) meant.doubted.add(group);
  const done = { status: 'tallied' as const, doubted: [...meant.doubted] };
  await save(shift, { ...shift.lease.shard.progress, walked: meant.named, tallied: done });
  return meant.doubted;
};

/** Where what was kept is gone, all of it is read again. */
const resumed = async ({ world, scan, lease }: Shift): Promise<Meant> => {
  const { tallied } = lease.shard.progress;
  const kept = tallied?.status === 'tallying' ? tallied : undefined;
  const [bytes] = kept ? await world.scans.tallies(scan.project, scan.scan_id, [kept.tally]) : [];
  if (!kept || !bytes) return { tally: newTally(), named: 0, doubted: new Set(), cursor: undefined };
  const { named, cursor } = kept;
  return { tally: unpackTally(bytes), named, doubted: new Set(kept.doubted), cursor };
};

/** Whether there is another. */
const tallyPage = async (shift: Shift, share: number | undefined, meant: Meant): Promise<boolean> => {
  const { world, scan } = shift;
  const page = { limit: DOCUMENTS, ...(meant.cursor ? { cursor: meant.cursor } : {}) };
  const { items, next_cursor } = await world.documents.listManifests(scan.project, page, share);
  for (const listed of items) meant.named += tallyManifest(meant.tally, listed);
  for (const { head } of await unsettled(shift, items)) meant.doubted.add(groupOf(head.file_path));
  meant.cursor = next_cursor;
  return next_cursor !== undefined;
};

const keep = async (shift: Shift, { tally, named, doubted, cursor }: Meant): Promise<void> => {
  if (cursor === undefined) return;
  const name = await shift.world.scans.keepTally(shift.lease, packTally(tally));
  const tallied = { status: 'tallying' as const, cursor, tally: name, named, doubted: [...doubted] };
  await save(shift, { ...shift.lease.shard.progress, tallied });
};

const tallyOfRanges = async ({ world, scan }: Shift): Promise<Tally | 'everything' | 'early'> => {
  const ranges = (await world.scans.shards(scan.project, scan.scan_id)).filter(isRange);
  if (!ranges.every(hasEnded)) return 'early';
  const names = ranges.flatMap(({ progress }) => progress.tally ?? []);
  const tallies = await world.scans.tallies(scan.project, scan.scan_id, names);
  const found = tallies.flatMap((bytes) => (bytes ? [unpackTally(bytes)] : []));
  return found.length === ranges.length ? addTallies(found) : 'everything';
};

const tallyManifest = (tally: Tally, { head: { file_path }, manifest }: Listed): number => {
  const group = groupOf(file_path);
  for (const [chunk_index, entry] of manifest.chunks.entries())
    tallyChunk(tally, file_path, group, { ...entry, chunk_index });
  return manifest.chunks.length;
};

/** What no sum can tell: a document that is being changed, and a removed chunk that came back on either side. */
const unsettled = async ({ world, scan }: Shift, documents: Listed[]): Promise<Listed[]> => {
  const removed = documents.flatMap(({ manifest }) => manifest.removed);
  const standing = await standingOf(world, scan.project, removed);
  return documents.filter(
    ({ head, manifest }) => head.open || manifest.removed.some((id) => standing.has(id)),
  );
};

import {
  addTallies,
  differingGroups,
  groupOf,
  newTally,
  type Tally,
  tallyChunk,
  unpackTally,
} from '../domain/tally.ts';
import { type Listed, standingOf } from './contradictions.ts';
import { hasEnded, isRange } from './shard-order.ts';
import { hasTime, renew, type Shift } from './shift.ts';

/** The groups of documents whose manifests must be looked at, and how many chunks all manifests name. */
export interface Doubted {
  groups: ReadonlySet<number>;
  named: number;
}

const DOCUMENTS = 50;

/**
 * Adds up what the manifests say and compares it with what the ranges have tallied of the graph. Where the sums are
 * equal, the graph holds just what was written, and the ranges have proven that its texts are true and that the
 * collection holds the same. In doubt remain the groups that differ, have an open document, or a removed chunk that
 * stands. `everything`: a range was not tallied as a whole. `early`: a range is still being walked. `stopped`: there was
 * no time left.
 */
export const doubtedGroups = async (
  shift: Shift,
  share: number | undefined,
): Promise<Doubted | 'everything' | 'early' | 'stopped'> => {
  const graph = await tallyOfRanges(shift);
  if (graph === 'everything' || graph === 'early') return graph;
  const { world, scan } = shift;
  const meant = newTally();
  const doubted = new Set<number>();
  let named = 0;
  let cursor: string | undefined;
  do {
    const page = { limit: DOCUMENTS, ...(cursor ? { cursor } : {}) };
    const { items, next_cursor } = await world.documents.listManifests(scan.project, page, share);
    for (const listed of items) named += tallyManifest(meant, listed);
    for (const { head } of await unsettled(shift, items)) doubted.add(groupOf(head.file_path));
    cursor = next_cursor;
    await renew(shift);
    if (!(await hasTime(shift))) return 'stopped';
  } while (cursor !== undefined);
  for (const group of differingGroups(graph, meant)) doubted.add(group);
  return { groups: doubted, named };
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

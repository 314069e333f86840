import { isAlive } from '../domain/document.ts';
import type { DriftType } from '../domain/drift.ts';
import { groupOf } from '../domain/tally.ts';
import type { Paged } from '../ports.ts';
import { claimsOf, contradictions, type Listed, withManifests } from './contradictions.ts';
import type { Doubt } from './first-look.ts';
import { settleDocument } from './settle-writes.ts';
import type { World } from './world.ts';

/** A page of documents as compared with both sides. It adds no ids to a scan's sums but those that nobody holds. */
export interface WalkedManifests {
  cursor: string | undefined;
  distinct: number;
  graph: number;
  vectors: number;
  /** How many ids the page's manifests name. */
  walked: number;
  suspects: (Doubt & { likely?: DriftType })[];
}

const DOCUMENTS = 50;

/**
 * Walks the committed manifests and looks for what no comparison of the two sides can see: chunks that both have
 * lost, that both hold alike but not as written, or that came back on both after a deletion; and those that no side
 * places in their document any more, which without the manifest would be taken for unknown ones. With `doubted`, only
 * documents of these groups: of all others it is known already that nothing is wrong.
 */
export async function* walkManifests(
  world: World,
  project: string,
  share: number | undefined,
  after: string | undefined,
  doubted: ReadonlySet<number> | undefined,
): AsyncGenerator<WalkedManifests> {
  if (doubted?.size === 0) return;
  let cursor = after;
  do {
    const page = await listDoubted(world, project, share, cursor, doubted);
    cursor = page.next_cursor;
    const found = await walkDocuments(world, project, page.items);
    yield { cursor, distinct: 0, graph: 0, vectors: 0, ...found, ...(doubted ? { walked: 0 } : {}) };
  } while (cursor !== undefined);
}

const listDoubted = async (
  { documents }: Pick<World, 'documents'>,
  project: string,
  share: number | undefined,
  cursor: string | undefined,
  doubted: ReadonlySet<number> | undefined,
): Promise<Paged<Listed>> => {
  const page = { limit: DOCUMENTS, ...(cursor ? { cursor } : {}) };
  if (doubted === undefined) return await documents.listManifests(project, page, share);
  const { items, ...rest } = await documents.list(project, page, share);
  const heads = items.filter(({ file_path }) => doubted.has(groupOf(file_path)));
  return { items: await withManifests({ documents }, heads), ...rest };
};

/**
 * Open documents come last: dead operations are settled, and most others end while the rest is compared. What those that
 * do not name so far is looked at until they have ended.
 */
const walkDocuments = async (world: World, project: string, documents: Listed[]) => {
  const closed = documents.filter(({ head }) => !head.open);
  const open = documents.flatMap(({ head }) => (head.open ? [head] : []));
  for (const head of open) if (!isAlive(head.open, world.clock.now())) await settleDocument(world, head);
  const first = await compareClaims(world, project, closed);
  const paths = open.map(({ file_path }) => file_path);
  const again = open.length > 0 ? [...(await world.documents.heads(project, paths)).values()] : [];
  const listed = await withManifests(world, again);
  const second = await compareClaims(
    world,
    project,
    listed.filter(({ head }) => !head.open),
  );
  const claims = listed.filter(({ head }) => head.open).flatMap(claimsOf);
  return {
    walked: first.walked + second.walked + claims.length,
    suspects: [
      ...first.suspects,
      ...second.suspects,
      ...claims.map(({ chunk_id, path }) => ({ chunk_id, path })),
    ],
  };
};

/** What the sides differ in is left to those who walk them. */
const compareClaims = async (
  world: Pick<World, 'graph' | 'vectors'>,
  project: string,
  documents: Listed[],
): Promise<Pick<WalkedManifests, 'walked' | 'suspects'>> => {
  const { walked, suspects } = await contradictions(world, project, documents);
  return { walked, suspects: suspects.filter(({ isSeenByWalk }) => !isSeenByWalk) };
};

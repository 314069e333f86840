import type { ChunkId, IdRange, StoredChunk } from '../domain/chunk.ts';
import { areColumnsAlike, areCopiesAlike, mergeJoin, type Suspect } from '../domain/compare.ts';
import { nextRows } from '../domain/page-rows.ts';
import type { Depth } from '../domain/scan.ts';
import type { ChunkStore, Clock, FingerprintPage } from '../ports.ts';
import type { World } from './world.ts';

/** Rows of the largest pages, by depth: what keeps them near the same size in memory. */
export const PAGE_ROWS: Record<Exclude<Depth, 'counts'>, number> = {
  fingerprints: 10_000,
  content: 2_500,
  vectors: 500,
};

/** One page as compared: everything up to and including `cursor` has been seen on both sides. */
export interface WalkedPage {
  cursor: ChunkId | undefined;
  distinct: number;
  graph: number;
  vectors: number;
  /** How many ids this page has compared. */
  walked: number;
  suspects: Suspect[];
  /** What both sides hold of the ids of this page, for samples; `nodes` and `points` only where contents were read. */
  ids: ChunkId[];
  nodes: StoredChunk[];
  points: StoredChunk[];
}

interface SidePage {
  ids: ChunkId[];
  columns: FingerprintPage | undefined;
  chunks: StoredChunk[] | undefined;
  next: ChunkId | undefined;
}

/**
 * Walks both sides of a range in id order and merge-joins them, a page at a time, with each side's next page on
 * its way while this one is compared. Memory is a few pages, whatever the project's size.
 */
export async function* walkRange(
  world: Pick<World, 'graph' | 'vectors' | 'clock'>,
  project: string,
  range: IdRange,
  after: ChunkId | undefined,
  depth: Exclude<Depth, 'counts'>,
  most = PAGE_ROWS[depth],
  steered = nextRows,
): AsyncGenerator<WalkedPage> {
  const readers = {
    graph: sideReader(world.graph, world.clock, project, range, after, depth, most, steered),
    vectors: sideReader(world.vectors, world.clock, project, range, after, depth, most, steered),
  };
  let [graph, vectors] = await Promise.all([readers.graph(), readers.vectors()]);
  let at = { graphAt: 0, vectorsAt: 0 };
  for (;;) {
    const ended = { graph: graph.next === undefined, vectors: vectors.next === undefined };
    const step = mergeJoin(graph.ids, vectors.ids, at, ended, alike(graph, vectors));
    const page = pageOf(graph, vectors, at, step);
    at = { graphAt: step.graphAt, vectorsAt: step.vectorsAt };
    if (page.cursor !== undefined) yield page;
    const isOver = { graph: at.graphAt >= graph.ids.length, vectors: at.vectorsAt >= vectors.ids.length };
    if (isOver.graph && isOver.vectors && ended.graph && ended.vectors) return;
    if (isOver.graph && !ended.graph) [graph, at] = [await readers.graph(), { ...at, graphAt: 0 }];
    if (isOver.vectors && !ended.vectors) [vectors, at] = [await readers.vectors(), { ...at, vectorsAt: 0 }];
  }
}

/**
 * Reads one side page by page, each as large as the last was fast, and asked for once that has come and is being compared.
 * With one more ahead a store would have work while a page is saved, too; but pages that wait outlive the young part of the
 * heap, and cost more to collect than is won.
 */
const sideReader = (
  store: ChunkStore,
  clock: Clock,
  project: string,
  range: IdRange,
  after: ChunkId | undefined,
  depth: Exclude<Depth, 'counts'>,
  most: number,
  steered: typeof nextRows,
) => {
  let rows = most;
  const fetchPage = async (from: ChunkId | undefined) => {
    const asked = clock.now();
    const page = await readPage(store, project, range, from, depth, rows);
    rows = steered(rows, clock.now() - asked, most);
    return page;
  };
  let coming = fetchPage(after);
  return async (): Promise<SidePage> => {
    const taken = coming;
    coming = taken.then((page) => (page.next === undefined ? NOTHING : fetchPage(page.ids.at(-1))));
    // A prefetch that fails is reported when it is awaited; without this it would end the process first.
    coming.catch(() => undefined);
    return await taken;
  };
};

const NOTHING: SidePage = { ids: [], columns: undefined, chunks: undefined, next: undefined };

const readPage = async (
  store: ChunkStore,
  project: string,
  range: IdRange,
  after: ChunkId | undefined,
  depth: Exclude<Depth, 'counts'>,
  rows: number,
): Promise<SidePage> => {
  if (depth === 'fingerprints') {
    const columns = await store.fingerprints(project, range, after, rows);
    return { ids: columns.ids, columns, chunks: undefined, next: columns.next };
  }
  const vectors = depth === 'vectors' && store.side === 'vectors';
  const page = await store.contents(project, range, after, rows, { vectors });
  return {
    ids: page.chunks.map(({ chunk_id }) => chunk_id),
    columns: undefined,
    chunks: page.chunks,
    next: page.next,
  };
};

const alike = (graph: SidePage, vectors: SidePage) => (i: number, j: number) => {
  if (graph.columns && vectors.columns) return areColumnsAlike(graph.columns, vectors.columns, i, j);
  const [node, point] = [graph.chunks?.[i], vectors.chunks?.[j]];
  return node !== undefined && point !== undefined && areCopiesAlike(node, point);
};

const pageOf = (
  graph: SidePage,
  vectors: SidePage,
  from: { graphAt: number; vectorsAt: number },
  step: ReturnType<typeof mergeJoin>,
): WalkedPage => {
  const ids = vectors.ids.slice(from.vectorsAt, step.vectorsAt);
  const lasts = [graph.ids[step.graphAt - 1], vectors.ids[step.vectorsAt - 1]];
  const seen = { graph: step.graphAt - from.graphAt, vectors: step.vectorsAt - from.vectorsAt };
  return {
    cursor:
      step.distinct > 0
        ? lasts
            .filter((id) => id !== undefined)
            .sort()
            .at(-1)
        : undefined,
    distinct: step.distinct,
    walked: step.distinct,
    ...seen,
    suspects: step.suspects,
    ids,
    nodes: graph.chunks?.slice(from.graphAt, step.graphAt) ?? [],
    points: vectors.chunks?.slice(from.vectorsAt, step.vectorsAt) ?? [],
  };
};

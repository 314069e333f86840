// What each store can be read at, by a reader that does nothing else: the measure of a scan.

import { realNeo4j, realQdrant } from '../support/real-services.ts';
import type { BareReader, Columns } from './bare-columns.ts';
import { bareGraph } from './bare-graph.ts';
import { bareVectors } from './bare-vectors.ts';
import { timed } from './timing.ts';

/** A reader at its best page size. */
export interface BareStream {
  rows: number;
  read(): Promise<unknown>;
}

export interface BareStreams {
  graph: Record<Columns, BareStream>;
  vectors: Record<Columns, BareStream>;
  close(): Promise<void>;
}

const SIZES: Record<Columns, number[]> = {
  fingerprints: [2_500, 5_000, 10_000, 20_000, 50_000],
  contents: [1_000, 2_500, 5_000, 10_000],
};

/** Reads the whole project in each way. */
export const bareStreams = async (project: string, chunks: number): Promise<BareStreams> => {
  const [neo4j, qdrant] = [realNeo4j() ?? { uri: '' }, realQdrant() ?? { url: '' }];
  const graph = [bareGraph(neo4j, 'columns'), bareGraph(neo4j, 'rows')];
  const vectors = [bareVectors(qdrant)];
  const best = async (readers: BareReader[]) => ({
    fingerprints: await fastest(readers, 'fingerprints', project, chunks),
    contents: await fastest(readers, 'contents', project, chunks),
  });
  const close = async () => {
    await Promise.all([...graph, ...vectors].map((reader) => reader.close()));
  };
  return { graph: await best(graph), vectors: await best(vectors), close };
};

const fastest = async (
  readers: BareReader[],
  what: Columns,
  project: string,
  chunks: number,
): Promise<BareStream> => {
  let [least, best] = [Number.POSITIVE_INFINITY, undefined as BareStream | undefined];
  for (const { read } of readers) {
    await read(what, project, SIZES[what][0] ?? 0); // warm
    for (const rows of SIZES[what]) {
      const { seconds, result } = await timed(() => read(what, project, rows));
      if (result !== chunks) throw new Error(`a bare reader saw ${result} of ${chunks} chunks`);
      if (seconds < least) [least, best] = [seconds, { rows, read: () => read(what, project, rows) }];
    }
  }
  if (best === undefined) throw new Error('nothing was read');
  return best;
};

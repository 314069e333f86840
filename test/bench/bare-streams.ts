// What each store can be read at, by a reader that does nothing else: the measure of a scan.

import { realNeo4j, realQdrant } from '../support/real-services.ts';
import type { BareReader, Columns } from './bare-columns.ts';
import { bareGraph } from './bare-graph.ts';
import { bareVectors } from './bare-vectors.ts';
import { whole } from './report.ts';
import { timed } from './timing.ts';

/** A reader at its best page size. */
export interface BareStream {
  /** Its pages, in words. */
  pages: string;
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

type Tried = BareStream & { seconds: number };

const fastest = async (
  readers: BareReader[],
  what: Columns,
  project: string,
  chunks: number,
): Promise<BareStream> => {
  const tried: Tried[] = [];
  for (const reader of readers) {
    await reader.read(what, project, SIZES[what][0] ?? 0); // warm
    for (const rows of SIZES[what]) tried.push(await tryOnce(reader, what, project, rows, chunks));
  }
  return tried.reduce((best, one) => (one.seconds < best.seconds ? one : best));
};

const tryOnce = async (
  reader: BareReader,
  what: Columns,
  project: string,
  rows: number,
  chunks: number,
): Promise<Tried> => {
  const read = () => reader.read(what, project, rows);
  const { seconds, result } = await timed(read);
  if (result !== chunks) throw new Error(`a bare reader saw ${result} of ${chunks} chunks`);
  return { pages: `pages of ${whole(rows)}, ${reader.form}`, read, seconds };
};

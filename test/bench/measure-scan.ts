// Scans of a sound project beside the bare streams that they are made of.

import { ALL_IDS } from '../../shared/domain/chunk.ts';
import { PAGE_ROWS } from '../../shared/operations/walk-range.ts';
import type { ChunkStore } from '../../shared/ports.ts';
import type { Columns } from './bare-columns.ts';
import { type BareStreams, bareStreams } from './bare-streams.ts';
import type { CpuClock } from './cpu.ts';
import { scanOnce } from './drive.ts';
import type { Stage } from './stage.ts';
import { inTurns, type Spent } from './turns.ts';

export interface DepthTimes {
  /** Each side by a bare reader, at its best pages, and both sides at once. */
  graph: Spent;
  vectors: Spent;
  both: Spent;
  pages: { graph: string; vectors: string };
  /** The same columns through Lockstep's own adapters. */
  ownGraph: Spent;
  ownVectors: Spent;
  scan: Spent;
  /** A scan that looks at nothing beyond its depth: a bare reader does not either. */
  unsampled: Spent;
}
export const SCANNED_DEPTHS = ['fingerprints', 'content'] as const;
export type ScannedDepth = (typeof SCANNED_DEPTHS)[number];

export interface ScanTimes extends Record<ScannedDepth, DepthTimes> {
  counts: Spent;
}

export interface ScanBench {
  stage: Stage;
  project: string;
  chunks: number;
  rounds: number;
  cpu: CpuClock;
}

export const measureScans = async (bench: ScanBench): Promise<ScanTimes> => {
  const { stage, project, chunks, rounds, cpu } = bench;
  const bare = await bareStreams(project, chunks);
  const fingerprints = await measureDepth(bench, bare, 'fingerprints');
  const content = await measureDepth(bench, bare, 'content');
  const { counts } = await inTurns({ counts: () => scanOnce(stage, project, 'counts') }, rounds, cpu);
  await bare.close();
  return { fingerprints, content, counts };
};

const measureDepth = async (
  { stage, project, rounds, cpu }: ScanBench,
  bare: BareStreams,
  depth: ScannedDepth,
): Promise<DepthTimes> => {
  const what: Columns = depth === 'content' ? 'contents' : 'fingerprints';
  const [graph, vectors] = [bare.graph[what], bare.vectors[what]];
  const ways = {
    graph: graph.read,
    vectors: vectors.read,
    both: () => Promise.all([graph.read(), vectors.read()]),
    ownGraph: () => stream(stage.world.graph, project, what),
    ownVectors: () => stream(stage.world.vectors, project, what),
    scan: () => scanOnce(stage, project, depth),
    unsampled: () => withoutSample(stage, project, depth, () => scanOnce(stage, project, depth)),
  };
  return { ...(await inTurns(ways, rounds, cpu)), pages: { graph: graph.pages, vectors: vectors.pages } };
};

/** What each depth checks of a share of the chunks beyond what it checks of all. */
const SAMPLE = { fingerprints: 'content_sample_percent', content: 'vector_sample_percent' } as const;

const withoutSample = async (
  { world: { projects } }: Stage,
  project: string,
  depth: ScannedDepth,
  act: () => Promise<unknown>,
): Promise<void> => {
  const percent = (await projects.settings(project))[SAMPLE[depth]];
  await projects.changeSettings(project, { [SAMPLE[depth]]: 0 });
  try {
    await act();
  } finally {
    await projects.changeSettings(project, { [SAMPLE[depth]]: percent });
  }
};

const ROWS: Record<Columns, number> = { fingerprints: PAGE_ROWS.fingerprints, contents: PAGE_ROWS.content };

/** One side, page after page, and nothing done with what is read. */
const stream = async (store: ChunkStore, project: string, what: Columns): Promise<void> => {
  let after: string | undefined;
  do after = (await store[what](project, ALL_IDS, after, ROWS[what])).next;
  while (after !== undefined);
};

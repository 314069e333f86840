// Scans of a sound project beside the plain streams that they are made of, and what a scanning process weighs.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ALL_IDS } from '../../shared/domain/chunk.ts';
import { PAGE_ROWS } from '../../shared/operations/walk-range.ts';
import type { ChunkStore } from '../../shared/ports.ts';
import { scanOnce } from './drive.ts';
import type { Stage } from './stage.ts';
import { median, secondsOf } from './timing.ts';

export interface ScanTimes {
  /** Plain readers of what a `fingerprints` scan reads. */
  graph: number;
  vectors: number;
  both: number;
  fingerprints: number;
  /** Plain readers of what a `content` scan reads. */
  graphTexts: number;
  vectorsTexts: number;
  content: number;
  counts: number;
}
const ROUNDS = 3;

/** Median seconds of each, taken in turns after a round that does not count. */
export const measureScans = async (stage: Stage, project: string): Promise<ScanTimes> => {
  const { graph, vectors } = stage.world;
  const ways: Record<keyof ScanTimes, () => Promise<unknown>> = {
    graph: () => stream(graph, project, 'fingerprints'),
    vectors: () => stream(vectors, project, 'fingerprints'),
    both: () =>
      Promise.all([stream(graph, project, 'fingerprints'), stream(vectors, project, 'fingerprints')]),
    fingerprints: () => scanOnce(stage, project, 'fingerprints'),
    graphTexts: () => stream(graph, project, 'contents'),
    vectorsTexts: () => stream(vectors, project, 'contents'),
    content: () => scanOnce(stage, project, 'content'),
    counts: () => scanOnce(stage, project, 'counts'),
  };
  const times = Object.fromEntries(Object.keys(ways).map((way) => [way, [] as number[]])) as Record<
    keyof ScanTimes,
    number[]
  >;
  for (let round = 0; round <= ROUNDS; round++)
    for (const way of Object.keys(ways) as (keyof ScanTimes)[]) {
      const seconds = await secondsOf(ways[way]);
      if (round > 0) times[way].push(seconds);
    }
  return Object.fromEntries(
    Object.entries(times).map(([way, seconds]) => [way, median(seconds)]),
  ) as unknown as ScanTimes;
};

const ROWS = { fingerprints: PAGE_ROWS.fingerprints, contents: PAGE_ROWS.content };

/** One side, page after page, and nothing done with what is read. */
const stream = async (store: ChunkStore, project: string, what: keyof typeof ROWS): Promise<void> => {
  let after: string | undefined;
  do after = (await store[what](project, ALL_IDS, after, ROWS[what])).next;
  while (after !== undefined);
};

export interface Weighed {
  idleMegabytes: number;
  peakMegabytes: number;
  seconds: number;
}

/**
 * Peak memory of a process of its own that makes one fingerprint scan, a shard at a time, as a worker does. With
 * BENCH_PROFILE=DIR another one makes it again and leaves a CPU profile there.
 */
export const weighScan = async ({ tables }: Stage, project: string): Promise<Weighed> => {
  const program = [`${import.meta.dirname}/scan-child.ts`, project, tables.events, tables.state];
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, program);
  const directory = process.env.BENCH_PROFILE;
  if (directory) await run(process.execPath, ['--cpu-prof', `--cpu-prof-dir=${directory}`, ...program]);
  return JSON.parse(stdout) as Weighed;
};

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
  graph: number;
  vectors: number;
  both: number;
  fingerprints: number;
  content: number;
}
const ROUNDS = 3;

/** Median seconds of each, taken in turns after a round that does not count. */
export const measureScans = async (stage: Stage, project: string): Promise<ScanTimes> => {
  const { graph, vectors } = stage.world;
  const ways: Record<keyof ScanTimes, () => Promise<unknown>> = {
    graph: () => stream(graph, project),
    vectors: () => stream(vectors, project),
    both: () => Promise.all([stream(graph, project), stream(vectors, project)]),
    fingerprints: () => scanOnce(stage, project, 'fingerprints'),
    content: () => scanOnce(stage, project, 'content'),
  };
  const times = { graph: [], vectors: [], both: [], fingerprints: [], content: [] } as Record<
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

/** Every id, hash and version of one side, page after page, and nothing done with them. */
const stream = async (store: ChunkStore, project: string): Promise<void> => {
  let after: string | undefined;
  do {
    const page = await store.fingerprints(project, ALL_IDS, after, PAGE_ROWS.fingerprints);
    after = page.next;
  } while (after !== undefined);
};

export interface Weighed {
  idleMegabytes: number;
  peakMegabytes: number;
  seconds: number;
}

/**
 * Peak memory of a process of its own that makes one fingerprint scan. With BENCH_PROFILE=DIR another one makes it
 * again and leaves a CPU profile there.
 */
export const weighScan = async ({ tables }: Stage, project: string): Promise<Weighed> => {
  const program = [`${import.meta.dirname}/scan-child.ts`, project, tables.events, tables.state];
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, program);
  const directory = process.env.BENCH_PROFILE;
  if (directory) await run(process.execPath, ['--cpu-prof', `--cpu-prof-dir=${directory}`, ...program]);
  return JSON.parse(stdout) as Weighed;
};

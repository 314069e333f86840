// What a process weighs that scans.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Stage } from './stage.ts';

export interface Weighed {
  chunks: number;
  idleMegabytes: number;
  peakMegabytes: number;
  seconds: number;
}

/**
 * Peak memory of a process of its own that makes one fingerprint scan, a shard at a time, as a worker does. With
 * BENCH_PROFILE=DIR another one makes it again and leaves a CPU profile there.
 */
export const weighScan = async ({ tables }: Stage, project: string, chunks: number): Promise<Weighed> => {
  const program = [`${import.meta.dirname}/scan-child.ts`, project, tables.events, tables.state];
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, program);
  const directory = process.env.BENCH_PROFILE;
  if (directory) await run(process.execPath, ['--cpu-prof', `--cpu-prof-dir=${directory}`, ...program]);
  return { chunks, ...JSON.parse(stdout) };
};

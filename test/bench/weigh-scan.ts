// What a process weighs that scans.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { heapOptions } from '../../infra/heap.ts';
import { rowNamed } from '../../infra/topology.ts';
import type { ScannedDepth } from './measure-scan.ts';
import type { Stage } from './stage.ts';

export interface Weighed {
  depth: ScannedDepth;
  chunks: number;
  idleMegabytes: number;
  peakMegabytes: number;
  seconds: number;
}

/**
 * Peak memory of a process of its own that makes one scan, a shard at a time and with the heap of the function that
 * walks shards. With BENCH_PROFILE=DIR another one makes it again and leaves a CPU profile there.
 */
export const weighScan = async (
  { tables }: Stage,
  project: string,
  chunks: number,
  depth: ScannedDepth,
): Promise<Weighed> => {
  const child = [`${import.meta.dirname}/scan-child.ts`, project, depth, tables.events, tables.state];
  const program = [...heapOptions(rowNamed('scan-shard').memoryMb), ...child];
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, program);
  const directory = process.env.BENCH_PROFILE;
  if (directory) await run(process.execPath, ['--cpu-prof', `--cpu-prof-dir=${directory}`, ...program]);
  return { depth, chunks, ...JSON.parse(stdout) };
};

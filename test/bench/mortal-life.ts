// One life of a worker in a process of its own, ended by SIGKILL at a moment that is given.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { TableNames } from './stage.ts';

export interface Life {
  project: string;
  scan_id: string;
  shard: number;
  tables: TableNames;
  /** How far its clock is ahead. */
  aheadMs: number;
  pageRows: number;
  /** From when it has begun to work; never, where it may live. */
  killedAfterMs?: number;
}

export interface Lived {
  isKilled: boolean;
  /** From when it had begun. */
  ms: number;
  said: string[];
}

export const live = async (life: Life): Promise<Lived> => {
  const { project, scan_id, shard, tables, aheadMs, pageRows, killedAfterMs } = life;
  const words = [project, scan_id, `${shard}`, tables.events, tables.state, `${aheadMs}`, `${pageRows}`];
  const program = [`${import.meta.dirname}/mortal-child.ts`, ...words];
  const child = spawn(process.execPath, program, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const said: string[] = [];
  let begun = performance.now();
  for await (const line of createInterface(child.stdout)) {
    said.push(line);
    if (line !== 'begun') continue;
    begun = performance.now();
    if (killedAfterMs !== undefined) setTimeout(() => child.kill('SIGKILL'), killedAfterMs);
  }
  const [code, signal] = await ended;
  if (code !== 0 && signal !== 'SIGKILL') throw new Error(`a worker ended with ${code ?? signal}`);
  return { isKilled: signal === 'SIGKILL', ms: performance.now() - begun, said };
};

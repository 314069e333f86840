import type { CpuClock } from './cpu.ts';
import type { Effort } from './effort.ts';
import type { Stage } from './stage.ts';

/** What a run measures, on what, and how thoroughly. */
export interface Bench {
  stage: Stage;
  chunks: number;
  effort: Effort;
  cpu: CpuClock;
  projects: { large: string; small: string; lost: string; writes: string };
  log: (line: string) => void;
}

/** What takes long for each page, or must be scanned often, is done on a project of no more than this. */
const MOST_CHUNKS = 100_000;
export const handy = ({ chunks, projects }: Bench) =>
  chunks > MOST_CHUNKS
    ? { project: projects.small, chunks: chunks / 10 }
    : { project: projects.large, chunks };

import type { IdRange } from './chunk.ts';
import type { ShardTask } from './scan.ts';

/** What is known of a part of a project before it is walked. */
export interface Trace {
  task: ShardTask;
  /** How many of its ids seem to differ: by the last scan, or by counts. */
  differing: number;
  /** How many were being written, or have come or gone since. */
  written: number;
}

/**
 * The same tasks, each once: first those in which most seems to differ, then those in which most was written, then the
 * rest as they came.
 */
export const byUrgency = (tasks: ShardTask[], traces: Trace[]): ShardTask[] => {
  const urgencies = new Map(tasks.map((task) => [task, urgencyOf(task, traces)]));
  const of = (task: ShardTask) => urgencies.get(task) ?? NONE;
  return tasks.toSorted((a, b) => of(b).differing - of(a).differing || of(b).written - of(a).written);
};

const NONE = { differing: 0, written: 0 };

const urgencyOf = (task: ShardTask, traces: Trace[]) =>
  traces
    .filter((trace) => isAbout(trace.task, task))
    .reduce(
      (sum, trace) => ({ differing: sum.differing + trace.differing, written: sum.written + trace.written }),
      NONE,
    );

const isAbout = (one: ShardTask, other: ShardTask): boolean => {
  if (one.kind === 'range' && other.kind === 'range')
    return isBefore(one.range, other.range.to) && isBefore(other.range, one.range.to);
  return one.kind === 'manifests' && other.kind === 'manifests' && one.share === other.share;
};

const isBefore = ({ from }: IdRange, to: string | undefined) => to === undefined || from < to;

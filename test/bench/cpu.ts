// CPU time of this process and of the services that it has started, as Linux counts it.

import { readdirSync, readFileSync } from 'node:fs';

/** Seconds so far; `undefined` where that can't be known. */
export type CpuClock = () => number | undefined;

/**
 * Services that are given in the environment run who knows where: theirs can't be counted, and the rest says little.
 * Asked when this is loaded, before the addresses of our own are put there.
 */
const isAllOurs =
  process.platform === 'linux' &&
  !process.env.NEO4J_URI &&
  !process.env.QDRANT_URL &&
  !process.env.AWS_ENDPOINT_URL_DYNAMODB;

/** To be called once the services have started. */
export const cpuClock = (): CpuClock => {
  if (!isAllOurs) return () => undefined;
  const services = descendantsOf(process.pid, processes());
  return () => services.reduce((sum, pid) => sum + secondsOf(pid), ownSeconds());
};

const ownSeconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** Linux tells all programs of a hundred ticks a second, whatever its own are. */
const TICKS = 100;

const secondsOf = (pid: number): number => {
  const { utime, stime } = statOf(pid) ?? { utime: 0, stime: 0 };
  return (utime + stime) / TICKS;
};

const processes = () =>
  readdirSync('/proc').flatMap((name) => {
    const stat = /^\d+$/.test(name) ? statOf(Number(name)) : undefined;
    return stat ? [{ pid: Number(name), parent: stat.parent }] : [];
  });

const descendantsOf = (pid: number, all: ReturnType<typeof processes>): number[] =>
  all
    .filter(({ parent }) => parent === pid)
    .flatMap((child) => [child.pid, ...descendantsOf(child.pid, all)]);

/** See proc(5). The program's name comes second, in parentheses, and may hold anything. */
const statOf = (pid: number) => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    return { parent: fields[1] ?? 0, utime: fields[11] ?? 0, stime: fields[12] ?? 0 };
  } catch {
    return undefined; // it has ended
  }
};

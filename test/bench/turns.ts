// Ways of doing something that take turns, so that what else happens on the machine meets all of them alike.

import type { CpuClock } from './cpu.ts';
import { median, secondsOf } from './timing.ts';

export interface Spent {
  seconds: number;
  cpuSeconds: number | undefined;
}

/** Medians of each way, after a round that does not count. */
export const inTurns = async <Way extends string>(
  ways: Record<Way, () => Promise<unknown>>,
  rounds: number,
  cpu: CpuClock,
): Promise<Record<Way, Spent>> => {
  const names = Object.keys(ways) as Way[];
  const spent = new Map(names.map((way) => [way, [] as Spent[]]));
  for (let round = 0; round <= rounds; round++)
    for (const way of names) {
      const once = await spend(ways[way], cpu);
      if (round > 0) spent.get(way)?.push(once);
    }
  return Object.fromEntries([...spent].map(([way, all]) => [way, typical(all)])) as Record<Way, Spent>;
};

const spend = async (act: () => Promise<unknown>, cpu: CpuClock): Promise<Spent> => {
  const before = cpu();
  const seconds = await secondsOf(act);
  const after = cpu();
  return { seconds, cpuSeconds: before === undefined || after === undefined ? undefined : after - before };
};

const typical = (all: Spent[]): Spent => {
  const cpuSeconds = all.flatMap((one) => one.cpuSeconds ?? []);
  return {
    seconds: median(all.map(({ seconds }) => seconds)),
    cpuSeconds: cpuSeconds.length > 0 ? median(cpuSeconds) : undefined,
  };
};

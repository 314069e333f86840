import type { RepairRun } from '../domain/project.ts';

type Counts = RepairRun['counts'];
type Outcome = keyof Counts;
const NONE: Counts = { repaired: 0, failed: 0, skipped: 0, rate_limited: 0 };
const OUTCOMES = Object.keys(NONE) as Outcome[];
/**
 * How many rows of each outcome there are among those whose ids begin with one digit. A row comes, and may become
 * final, and that is all: so `rank` grows with every change, and of two tallies the one of higher rank is the newer.
 */
export type Tally = Counts & { rank: number };

export const tallyOf = (outcomes: Outcome[]): Tally => {
  const tally = { ...NONE, rank: 0 };
  for (const outcome of outcomes) {
    tally[outcome] += 1;
    tally.rank += outcome === 'rate_limited' ? 1 : 2;
  }
  return tally;
};

export const countsOf = (tallies: Record<string, Counts>): Counts => {
  const counts = { ...NONE };
  for (const tally of Object.values(tallies))
    for (const outcome of OUTCOMES) counts[outcome] += tally[outcome];
  return counts;
};

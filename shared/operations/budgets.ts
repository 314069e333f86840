import type { Reason } from '../domain/reason.ts';
import { ACTIONS, type Action } from '../domain/verdict.ts';
import { repairsPerMinute } from './pace-repairs.ts';
import { type Case, type Sifted, sift } from './repair-case.ts';
import type { Round } from './round.ts';

/** Something that repairs use up: what one of them refuses is given back to those that were asked before. */
interface Budget {
  reason: Reason;
  concerns(one: Case): boolean;
  /** Answers how many of `wanted` it lets through. */
  take(wanted: number): Promise<number>;
  giveBack(count: number): Promise<void>;
}

/** The minute's rate, then the run's, the approval's and the day's budget (DESIGN §5). A refusal spends nothing. */
export const budgetGuards = async (round: Round, sifted: Sifted): Promise<Sifted> => {
  if (round.run.shares) return asPlanned(sifted);
  let left = sifted;
  const taken: { budget: Budget; count: number }[] = [];
  for (const budget of budgetsOf(round)) {
    const wanted = left.cases.filter(budget.concerns);
    const count = wanted.length > 0 ? await budget.take(wanted.length) : 0;
    const over = new Set(wanted.slice(count));
    left = sift(left, (one) => (over.has(one) ? budget.reason : undefined));
    taken.push({ budget, count });
  }
  for (const { budget, count } of taken) {
    const unused = count - left.cases.filter(budget.concerns).length;
    if (unused > 0) await budget.giveBack(unused);
  }
  return left;
};

/**
 * The bulk lane: each chunk may have what the plan had for it and nothing else, which no count of kinds can exceed. Unlike
 * a budget it is not used up by whoever dies, and it asks nobody.
 */
const asPlanned = (sifted: Sifted): Sifted =>
  sift(sifted, ({ verdict, item }) => (verdict?.action === item?.action ? undefined : 'needs_approval'));

/** What a person has approved is bounded by what they saw, not by the day. */
const budgetsOf = (round: Round): Budget[] => {
  const { run, settings } = round;
  const minute = ofMinute(round);
  if (run.approved) return [minute, ofRun(round, run.accepted), ...ofApproval(round, run.approved)];
  return [minute, ofRun(round, settings.repairs_per_run), ofDay(round)];
};

const everything = () => true;
const DAY_MS = 86_400_000;
const BLOCK = 10;

/** Tokens are taken in blocks of at most ten, so that no one worker empties the minute for all others. */
const ofMinute = (round: Round): Budget => {
  const { project } = round.project;
  const { limits, clock } = round.world;
  const now = clock.now();
  return {
    reason: 'rate_limited',
    concerns: everything,
    async take(wanted) {
      const rate = repairsPerMinute(round);
      let granted = 0;
      while (granted < wanted) {
        const block = Math.min(BLOCK, wanted - granted);
        const got = await limits.takeFromMinute(project, block, rate, now);
        granted += got;
        if (got < block) break;
      }
      return granted;
    },
    giveBack: (count) => limits.giveBackToMinute(project, count, now),
  };
};

const ofRun = ({ world, run }: Round, most: number): Budget =>
  counted(world, `run#${run.project}#${run.repair_id}`, 'run_limit', most, 7 * DAY_MS);

const ofDay = ({ world, run, settings }: Round): Budget => {
  const today = new Date(world.clock.now()).toISOString().slice(0, 10);
  return counted(world, `day#${run.project}#${today}`, 'daily_limit', settings.repairs_per_day, 2 * DAY_MS);
};

/** Never more of a kind than the person saw. */
const ofApproval = ({ world, run }: Round, approved: Partial<Record<Action | 'skip', number>>): Budget[] => {
  const { project, repair_id } = run;
  const ofAction = (action: Action): Budget => ({
    ...counted(
      world,
      `approved#${project}#${repair_id}#${action}`,
      'needs_approval',
      approved[action] ?? 0,
      7 * DAY_MS,
    ),
    concerns: ({ verdict }) => verdict?.action === action,
  });
  return ACTIONS.map(ofAction);
};

const counted = (
  { limits, clock }: Round['world'],
  name: string,
  reason: Reason,
  most: number,
  keptMs: number,
): Budget => ({
  reason,
  concerns: everything,
  take: (wanted) => limits.takeFromBudget(name, wanted, most, clock.now() + keptMs),
  giveBack: (count) => limits.giveBack(name, count),
});

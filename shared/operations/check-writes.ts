import { UnavailableError } from '../errors.ts';
import { confirmSuspected } from './confirm-suspected.ts';
import { LOOK_MS, type Look, orEachAlone } from './look-alone.ts';
import {
  type EndedWrite,
  nothingChecked,
  type Suspected,
  suspectedIn,
  type WritesChecked,
} from './suspect-writes.ts';
import type { World } from './world.ts';

/** By then scans have looked at it. What a long outage has kept waiting would only hold up what is new. */
const OLD_MS = 15 * 60_000;

/**
 * Looks at the documents of writes that have just ended, twice, a grace period apart, as a scan looks at suspects, and
 * records what was lost of them. It releases no repair: whether too much is broken to be repaired without a person only
 * a whole scan can tell.
 */
export const checkWrites = async (
  world: World,
  ended: EndedWrite[],
  remainingMs: () => number,
): Promise<WritesChecked> => {
  const report = nothingChecked();
  const newest = newestOf(ended);
  const recent = newest.filter(({ timestamp }) => world.clock.now() - Date.parse(timestamp) < OLD_MS);
  report.left += newest.length - recent.length;
  const waiting: Suspected[] = [];
  for (const [at, [project, writes]] of [...Map.groupBy(recent, (write) => write.project)].entries())
    if (at > 0 && remainingMs() < LOOK_MS) report.left += writes.length;
    else
      await unlessUnavailable(report, writes, async () => {
        const look: Look<Suspected> = (some, part) => suspectedIn(world, project, some, part);
        waiting.push(...(await orEachAlone(world, writes, report, remainingMs, look)));
      });
  for (const suspected of waiting)
    await unlessUnavailable(report, suspected.writes, async () => {
      const look: Look<never> = async (some, part) => {
        await confirmSuspected(only(suspected, some), remainingMs, part);
        return [];
      };
      await orEachAlone(world, suspected.writes, report, remainingMs, look);
    });
  return report;
};

/** What is suspected of these documents; each candidate is of one of those that were written. */
const only = (suspected: Suspected, writes: EndedWrite[]): Suspected => {
  if (writes.length === suspected.writes.length) return suspected;
  const paths = new Set<string | null>(writes.map(({ file_path }) => file_path));
  const candidates = suspected.candidates.filter(({ file_path }) => paths.has(file_path));
  return { ...suspected, writes, candidates };
};

/** Of several writes of one document the last one rings for all. */
const newestOf = (ended: EndedWrite[]): EndedWrite[] => [
  ...new Map(ended.map((write) => [`${write.project}#${write.file_path}`, write])).values(),
];

/** One project that can't be looked at does not stop the others. Where it is another's collection, no second try helps. */
const unlessUnavailable = async (report: WritesChecked, writes: EndedWrite[], act: () => Promise<void>) => {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    if (error.kind === 'identity') report.left += writes.length;
    else report.failed.push({ writes, error });
  }
};

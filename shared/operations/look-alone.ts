import { UnavailableError } from '../errors.ts';
import { isWell } from './smaller-page.ts';
import { type EndedWrite, nothingChecked, type WritesChecked } from './suspect-writes.ts';
import type { World } from './world.ts';

/** A look at some writes' documents, which counts in the report that it is given. */
export type Look<Found> = (writes: EndedWrite[], report: WritesChecked) => Promise<Found[]>;

/** What a look takes where a side lets it wait to the end: none but the first is begun with less left. */
export const LOOK_MS = 45_000;
/** Fewer than a side's client has connections: what waits for one is not late. */
const LANES = 12;

/**
 * Where a side is well, but does not answer in time for all of these documents, each is looked at once more by itself, many
 * side by side. What is not answered for even then is set aside: it would hold up all that are written after it.
 */
export const orEachAlone = async <Found>(
  world: World,
  writes: EndedWrite[],
  report: WritesChecked,
  remainingMs: () => number,
  look: Look<Found>,
): Promise<Found[]> => {
  try {
    return await counted(writes, report, look);
  } catch (error) {
    if (!isLate(error) || remainingMs() < LOOK_MS || !(await isWell(world, error))) throw error;
    if (remainingMs() < LOOK_MS) throw error;
  }
  return await eachAlone(world, writes, report, remainingMs, look);
};

/** In lanes, since one that waits for a side must hold up no others. What there is no time for is left to scans. */
const eachAlone = async <Found>(
  world: World,
  writes: EndedWrite[],
  report: WritesChecked,
  remainingMs: () => number,
  look: Look<Found>,
): Promise<Found[]> => {
  const [found, aside]: [Found[], WritesChecked['aside']] = [[], []];
  const rest = writes.values();
  const lane = async () => {
    for (const write of rest)
      try {
        if (remainingMs() < LOOK_MS) report.left += 1;
        else found.push(...(await counted([write], report, look)));
      } catch (error) {
        if (!isLate(error)) throw error;
        aside.push({ write, error });
      }
  };
  const lanes = await Promise.allSettled(Array.from({ length: LANES }, lane));
  for (const ended of lanes) if (ended.status === 'rejected') throw ended.reason;
  const [last] = aside;
  // A side that has fallen silent meanwhile says nothing about these documents.
  if (last && !(await isWell(world, last.error))) throw last.error;
  report.aside.push(...aside);
  return found;
};

const isLate = (error: unknown): error is UnavailableError =>
  error instanceof UnavailableError && error.kind === 'timeout';

/** What a look that failed has counted is not counted. */
const counted = async <Found>(
  writes: EndedWrite[],
  report: WritesChecked,
  look: Look<Found>,
): Promise<Found[]> => {
  const part = nothingChecked();
  const found = await look(writes, part);
  report.checked += part.checked;
  report.in_flight += part.in_flight;
  report.left += part.left;
  report.found.push(...part.found);
  return found;
};

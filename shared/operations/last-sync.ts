import type { Project } from '../domain/project.ts';
import type { Scan } from '../domain/scan.ts';
import type { World } from './world.ts';

const FIRST_WINDOW_MS = 60_000;
const GROWTH = 8;
/** Listings of events are not strongly consistent: one that came late is still looked for at the next scan. */
const OVERLAP_MS = 60_000;
const PAGE = 1000;

/**
 * When the newest write completed. Events are listed oldest first, so it looks back in growing windows, but never
 * further than the newest scan: each scan keeps what was known when it began.
 */
export const lastSync = async (
  { events, clock }: Pick<World, 'events' | 'clock'>,
  { project, registered_at }: Pick<Project, 'project' | 'registered_at'>,
  newest: Pick<Scan, 'started_at' | 'closed_through'> | undefined,
): Promise<string | undefined> => {
  const oldest = Date.parse(newest?.started_at ?? registered_at) - OVERLAP_MS;
  let until = clock.now() + 1;
  for (let width = FIRST_WINDOW_MS; until > oldest; width *= GROWTH) {
    const since = Math.max(oldest, until - width);
    const found = await newestWithin(events, project, since, until);
    if (found !== undefined) return found;
    until = since;
  }
  return newest?.closed_through;
};

/** What a new scan keeps of it: the next scan, and the status, look back no further. */
export const closedThrough = async (
  world: Pick<World, 'events' | 'clock' | 'scans'>,
  project: Project,
): Promise<Pick<Scan, 'closed_through'>> => {
  const { items } = await world.scans.list(project.project, { limit: 1 });
  const closed_through = await lastSync(world, project, items[0]);
  return closed_through ? { closed_through } : {};
};

/** Halves a crowded window until its newest event is on one page. */
const newestWithin = async (
  events: World['events'],
  project: string,
  since: number,
  until: number,
): Promise<string | undefined> => {
  const window = { since: time(since), until: time(until), type: 'write_completed' as const };
  const { items, next_cursor } = await events.byProject(project, window, { limit: PAGE });
  if (next_cursor === undefined || until - since <= 1) return items.at(-1)?.timestamp;
  const middle = Math.floor((since + until) / 2);
  return (
    (await newestWithin(events, project, middle, until)) ??
    (await newestWithin(events, project, since, middle))
  );
};

const time = (ms: number) => new Date(ms).toISOString();

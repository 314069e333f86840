import type { SyncEvent } from '../domain/event.ts';
import type { Period } from '../domain/retention.ts';
import { InvalidError } from '../errors.ts';
import type { Archive } from '../ports.ts';
import { projectOrFail } from './query-projects.ts';
import type { World } from './world.ts';

export interface Backfilled extends Period {
  project: string;
  /** Put into the archive now, and there already. */
  added: number;
  there: number;
}

type Needed = Pick<World, 'events' | 'projects'> & { archive: Archive };

const PAGE = 1000;
const AT_ONCE = 16;

/**
 * Puts into the archive what the event store holds of a period and the archive lacks: what its stream has lost. The
 * same request again adds nothing, and finishes what was interrupted.
 */
export const backfillArchive = async (
  world: Needed,
  { project, since, until }: Period & { project: string },
  onProgress: (done: Backfilled) => void = () => {},
): Promise<Backfilled> => {
  if (since >= until) throw new InvalidError('the period ends before it begins');
  await projectOrFail(world, project);
  const done: Backfilled = { project, since, until, added: 0, there: 0 };
  await world.archive.put(lacking(world, done, onProgress));
  return done;
};

async function* lacking(world: Needed, done: Backfilled, onProgress: (done: Backfilled) => void) {
  let [date, known] = ['', new Set<string>()];
  for await (const events of pages(world, done)) {
    const wanted: SyncEvent[] = [];
    for (const event of events) {
      const day = event.timestamp.slice(0, 10);
      if (day !== date) [date, known] = [day, await archivedOn(world, done.project, day)];
      if (known.has(event.event_id)) done.there++;
      else wanted.push(event);
    }
    for await (const event of complete(world, wanted)) {
      done.added++;
      yield event;
    }
    onProgress(done);
  }
}

async function* pages({ events }: Needed, { project, since, until }: Backfilled) {
  let cursor: string | undefined;
  do {
    const page = { limit: PAGE, ...(cursor ? { cursor } : {}) };
    const { items, next_cursor } = await events.byProject(project, { since, until }, page);
    yield items;
    cursor = next_cursor;
  } while (cursor !== undefined);
}

const DAY_MS = 86_400_000;

const archivedOn = async ({ archive }: Needed, project: string, date: string): Promise<Set<string>> => {
  const since = `${date}T00:00:00.000Z`;
  const until = new Date(Date.parse(since) + DAY_MS).toISOString();
  const ids = new Set<string>();
  for await (const { event_id } of archive.read(project, { since, until })) ids.add(event_id);
  return ids;
};

/** Listings come without manifests. One that has expired meanwhile is there no longer. */
async function* complete({ events }: Needed, listed: SyncEvent[]): AsyncGenerator<SyncEvent> {
  for (let at = 0; at < listed.length; at += AT_ONCE) {
    const batch = listed.slice(at, at + AT_ONCE);
    const whole = await Promise.all(batch.map(({ stream, position }) => events.get(stream, position)));
    yield* whole.filter((event) => event !== undefined);
  }
}

import type { SyncEvent } from '../domain/event.ts';
import type { Project } from '../domain/project.ts';
import { archivedBefore, archivedPeriods, type Period } from '../domain/retention.ts';
import { ConflictError, InvalidError } from '../errors.ts';
import type { Archive } from '../ports.ts';
import { projectOrFail } from './query-projects.ts';
import type { World } from './world.ts';

export interface RestoreRequest extends Period {
  project: string;
  /** How long the events are to stay, from now. */
  days: number;
}

export interface Restored extends Period {
  project: string;
  /** Put back now, and there already. */
  stored: number;
  there: number;
  /** Another fact stands where these were. */
  conflicts: Pick<SyncEvent, 'event_id' | 'stream' | 'position'>[];
  /** Until when queries answer from the period as if it had never gone; absent if they do not. */
  answers_until?: string;
}

type Needed = Pick<World, 'events' | 'projects' | 'clock'> & { archive: Archive };

const AT_ONCE = 16;
const DAY_MS = 86_400_000;

/**
 * Puts the events of a period back into the event store. Each is put back once: what died half-way is finished by the
 * same request. Only when all of it is there do queries count on it.
 */
export const restoreArchive = async (
  world: Needed,
  request: RestoreRequest,
  onProgress: (done: Restored) => void = () => {},
): Promise<Restored> => {
  const { project, since, until, days } = request;
  if (since >= until) throw new InvalidError('the period ends before it begins');
  const known = await projectOrFail(world, project);
  const expires_at = new Date(Math.floor((world.clock.now() + days * DAY_MS) / 1000) * 1000).toISOString();
  const claim = { ...(await lapsedIn(world, known, request)), expires_at };
  const done: Restored = { project, since, until, stored: 0, there: 0, conflicts: [] };
  for await (const events of batches(world.archive.read(project, { since, until }))) {
    await Promise.all(events.map((event) => putBack(world, event, claim, expires_at, done)));
    onProgress(done);
  }
  const isWhole = done.conflicts.length === 0 && done.stored + done.there > 0;
  if (!isWhole || claim.until <= claim.since) return done;
  await world.projects.recordRestored(project, claim);
  return { ...done, answers_until: claim.expires_at };
};

/** As much of a period as the event store has lost by itself: the rest is there, and goes when its time comes. */
const lapsedIn = async (world: Needed, project: Project, { since, until }: Period): Promise<Period> => {
  const retention = await world.projects.retention(project.project);
  const lapsed = archivedPeriods({ ...retention, restored: [] }, project.registered_at, world.clock.now());
  const end = archivedBefore(lapsed, { since, until }) ?? since;
  return { since, until: end < until ? end : until };
};

async function* batches(events: AsyncIterable<SyncEvent>): AsyncGenerator<SyncEvent[]> {
  let batch: SyncEvent[] = [];
  for await (const event of events) {
    batch.push(event);
    if (batch.length < AT_ONCE) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** What an earlier attempt put back goes earlier, and then the period is whole no longer. */
const putBack = async (
  { events }: Needed,
  event: SyncEvent,
  claim: Period & { expires_at: string },
  until: string,
  done: Restored,
) => {
  try {
    const { outcome, expires_at } = await events.restore(event, until);
    done[outcome === 'stored' ? 'stored' : 'there']++;
    if (event.timestamp < claim.until && expires_at < claim.expires_at) claim.expires_at = expires_at;
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    const { event_id, stream, position } = event;
    done.conflicts.push({ event_id, stream, position });
  }
};

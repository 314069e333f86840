import type { SyncEvent } from '../../shared/domain/event.ts';
import type { LocalWorld } from './world.ts';

/** All events of a document, with manifests. */
export const eventsOfDocument = async ({ world, project }: LocalWorld, file_path: string) => {
  const { items, next_cursor } = await world.events.byDocument(project, file_path, { limit: 1000 });
  if (next_cursor) throw new Error(`${file_path} has more than a page of events`);
  return items;
};

const ENDS = {
  write_started: ['write_completed', 'write_failed'],
  repair_started: ['repair_completed', 'repair_failed', 'chunk_restored'],
};

/** Announced operations of a document that do not have exactly one end, each with the ends it has. */
export const badlyEnded = async (local: LocalWorld, file_path: string) => {
  const events = await eventsOfDocument(local, file_path);
  return Object.entries(ENDS).flatMap(([started, ends]) =>
    events
      .filter(({ event_type }) => event_type === started)
      .map(({ version }) => ({ started, version, ends: typesAt(events, version, ends) }))
      .filter(({ ends }) => ends.length !== 1),
  );
};

const typesAt = (events: SyncEvent[], version: number | undefined, among: string[]) =>
  events
    .filter((event) => event.version === version && among.includes(event.event_type))
    .map(({ event_type }) => event_type);

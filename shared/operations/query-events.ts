import type { EventType, SyncEvent } from '../domain/event.ts';
import type { Page, Paged } from '../ports.ts';
import { archivedNote, archivedOf } from './archived.ts';
import { projectOrFail } from './query-projects.ts';
import type { World } from './world.ts';

export interface Window {
  since?: string;
  until?: string;
  event_type?: EventType;
}

const EVER = { since: '1970-01-01T00:00:00.000Z', until: '9999-12-31T23:59:59.999Z' };

export const queryByCorrelation = async ({ events }: World, correlation_id: string, page: Page) =>
  onWire(await events.byCorrelation(correlation_id, page));

export const queryEvents = async (world: World, name: string, window: Window, page: Page) => {
  const project = await projectOrFail(world, name);
  const { since = EVER.since, until = EVER.until, event_type } = window;
  const range = { since, until, ...(event_type ? { type: event_type } : {}) };
  const listing = onWire(await world.events.byProject(name, range, page));
  return { ...listing, ...archivedNote(await archivedOf(world, project), { since, until }) };
};

export const queryFailures = async (world: World, name: string, since: string | undefined, page: Page) => {
  const project = await projectOrFail(world, name);
  const listing = onWire(await world.events.failures(name, since ?? EVER.since, page));
  return { ...listing, ...archivedNote(await archivedOf(world, project), since ? { since } : {}) };
};

const onWire = ({ items, ...rest }: Paged<SyncEvent>) => ({ items: items.map(eventOnWire), ...rest });

/** An event without its place in the store, and without its manifest, which may name thousands of chunks. */
export const eventOnWire = ({
  stream: _stream,
  position: _position,
  manifest: _manifest,
  ...fact
}: SyncEvent) => fact;

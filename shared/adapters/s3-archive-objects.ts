// What is in an object of the archive, and what it is called.

import { createHash, type Hash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { SyncEvent } from '../domain/event.ts';
import { UnavailableError } from '../errors.ts';

/** Events of one project and one day on their way into an object. */
export interface Pile {
  project: string;
  date: string;
  /** When its first event happened. */
  time: string;
  /** Which events it holds, in order. */
  hash: Hash;
  lines: string[];
  bytes: number;
}

/** The piles that are open. */
export const piles = () => {
  const open = new Map<string, Pile>();
  let bytes = 0;
  const take = (pile: Pile): Pile => {
    open.delete(`${pile.project}/${pile.date}`);
    bytes -= pile.bytes;
    return pile;
  };
  return {
    add(event: SyncEvent): Pile {
      const name = `${event.project}/${event.timestamp.slice(0, 10)}`;
      const pile = open.get(name) ?? pileFor(event);
      open.set(name, pile);
      const line = JSON.stringify(event);
      pile.hash.update(`${event.stream}\n${event.position}\n${event.event_id}\n`);
      pile.lines.push(line);
      pile.bytes += line.length;
      bytes += line.length;
      return pile;
    },
    take,
    bytes: () => bytes,
    takeLargest: () =>
      take([...open.values()].reduce((most, pile) => (pile.bytes > most.bytes ? pile : most))),
    takeAll: () => [...open.values()].map(take),
  };
};

const pileFor = ({ project, timestamp }: SyncEvent): Pile => ({
  project,
  date: timestamp.slice(0, 10),
  time: timestamp.replace(/[^0-9TZ]/g, ''),
  hash: createHash('sha256'),
  lines: [],
  bytes: 0,
});

const ROOT = 'events/';
export const prefixOf = (project?: string): string => (project ? `${ROOT}project=${project}/` : ROOT);

/**
 * An object is called after the events that it holds, so that the same ones make the same object. Their time in front
 * keeps a day's objects in order.
 */
export const keyOf = ({ project, date, time, hash }: Pile): string =>
  `${prefixOf(project)}date=${date}/${time}-${hash.digest('hex').slice(0, 32)}.json.gz`;

/** Where no reader of events looks. */
export const asideKeyOf = (id: string): string => `unreadable/${encodeURIComponent(id)}.json.gz`;

const KEY = /^events\/project=([a-z0-9-]+)\/date=(\d{4}-\d\d-\d\d)\/[^/]+\.json\.gz$/;

/** `undefined`: somebody else's object. */
export const placeOf = (key: string): { project: string; date: string } | undefined => {
  const [, project, date] = KEY.exec(key) ?? [];
  return project && date ? { project, date } : undefined;
};

export const packObject = ({ lines }: Pick<Pile, 'lines'>): Promise<Buffer> =>
  promisify(gzip)(`${lines.join('\n')}\n`);

export const openObject = async (key: string, body: Uint8Array): Promise<SyncEvent[]> => {
  try {
    const lines = (await promisify(gunzip)(body)).toString().split('\n');
    return lines.filter((line) => line !== '').map((line) => readEvent(JSON.parse(line), placeOf(key)));
  } catch (cause) {
    throw new UnavailableError('archive', 'partial', `${key} holds what is no event`, { cause });
  }
};

const TEXTS = ['event_id', 'event_type', 'timestamp', 'stream', 'position', 'correlation_id'] as const;

const readEvent = (value: SyncEvent, place: { project: string } | undefined): SyncEvent => {
  if (value.project === place?.project && TEXTS.every((name) => typeof value[name] === 'string'))
    return value;
  throw new TypeError('not an event of this project');
};

// What the lines of a collection's log say: its configuration, or what one operation changed.

import type { Json } from './body.ts';
import type { Id } from './ids.ts';
import { type Log, openLog, readLog, writeLog } from './log.ts';
import { type Change, createPoints, type Points } from './points.ts';

export interface CollectionConfig {
  vectors: Json;
  metadata?: Json;
  /** Field schemas by field name. */
  indexes: Json;
}

/** Vectors as base64 of their float32: exact, and half the length of decimals. */
type LoggedChange = { id: Id; payload?: Json; vectors?: Record<string, string> } | { id: Id; gone: true };
type Entry = { config: CollectionConfig } | { operation: number; changes: LoggedChange[] };

export interface Journal {
  changed(operation: number, changes: Change[]): void;
  configured(config: CollectionConfig): void;
  close(): void;
}

export const IN_MEMORY: Journal = { changed: () => {}, configured: () => {}, close: () => {} };

export interface Restored {
  config: CollectionConfig;
  points: Points;
  /** The number of the last operation. */
  operation: number;
}

export const createJournal = (file: string, config: CollectionConfig): Journal => {
  writeLog(file, [{ config }]);
  return openJournal(file);
};

const openJournal = (file: string): Journal => {
  const log: Log = openLog(file);
  const append = (entry: Entry) => log.append(entry);
  return {
    changed: (operation, changes) => append({ operation, changes: changes.map(toLogged) }),
    configured: (config) => append({ config }),
    close: () => log.close(),
  };
};

/** Reads the file, rewrites it where it is torn or holds what later lines undid, and goes on with it. */
export const restoreJournal = (file: string): Restored & { journal: Journal } => {
  const { isTorn, entries, ...restored } = readEntries(file);
  if (isTorn || entries > restored.points.size + 1) writeLog(file, compacted(restored));
  return { ...restored, journal: openJournal(file) };
};

const readEntries = (file: string) => {
  const points = createPoints();
  let config: CollectionConfig | undefined;
  let operation = 0;
  let entries = 0;
  const { isTorn } = readLog(file, (line) => {
    const entry = line as Entry;
    entries += 'config' in entry ? 1 : entry.changes.length;
    if ('config' in entry) {
      config = entry.config;
      return;
    }
    operation = entry.operation;
    for (const change of entry.changes) points.apply(fromLogged(change), operation);
  });
  if (!config) throw new Error(`${file} has no configuration`);
  return { config, points, operation, isTorn, entries };
};

function* compacted({ config, points, operation }: Restored): Iterable<Entry> {
  yield { config };
  for (const { version, ...point } of points.all()) yield { operation: version, changes: [toLogged(point)] };
  yield { operation, changes: [] };
}

const toLogged = (change: Change): LoggedChange =>
  'gone' in change || !change.vectors
    ? (change as LoggedChange)
    : {
        ...change,
        vectors: Object.fromEntries([...change.vectors].map(([name, one]) => [name, encode(one)])),
      };

const fromLogged = (change: LoggedChange): Change =>
  'gone' in change || !change.vectors
    ? (change as Change)
    : {
        ...change,
        vectors: new Map(Object.entries(change.vectors).map(([name, one]) => [name, decode(one)])),
      };

const encode = (vector: Float32Array) =>
  Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64');

const decode = (text: string) => new Float32Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer);

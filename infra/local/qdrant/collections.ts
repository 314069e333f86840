// The collections by name, and the files below the directory that they are kept in.

import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isGiven, type Json, readObject, refuseFields } from './body.ts';
import { type Collection, openCollection } from './collection.ts';
import { type CollectionConfig, createJournal, IN_MEMORY, restoreJournal } from './journal.ts';
import { mergePayload } from './payloads.ts';
import { createPoints } from './points.ts';
import { noCollection, refusal, wrongInput } from './refusal.ts';
import { readSchema } from './vectors.ts';

export interface Collections {
  names(): string[];
  has(name: string): boolean;
  /** Refuses with 404 what is not there. */
  get(name: string): Collection;
  create(name: string, body: Json): boolean;
  remove(name: string): boolean;
  close(): void;
}

export const openCollections = (directory?: string): Collections => {
  const open = directory === undefined ? new Map<string, Collection>() : restoreAll(directory);
  const fileOf = (name: string) => directory && join(directory, encodeURIComponent(name) + ENDING);
  return {
    names: () => [...open.keys()],
    has: (name) => open.has(name),
    get(name) {
      const collection = open.get(name);
      if (!collection) throw noCollection(name);
      return collection;
    },
    create(name, body) {
      checkName(name);
      if (open.has(name)) throw refusal(409, `Wrong input: Collection \`${name}\` already exists!`);
      open.set(name, createCollection(fileOf(name), readConfig(body)));
      return true;
    },
    remove(name) {
      open.get(name)?.close();
      const file = fileOf(name);
      if (file !== undefined) rmSync(file, { force: true });
      return open.delete(name);
    },
    close() {
      for (const collection of open.values()) collection.close();
    },
  };
};

const ENDING = '.jsonl';

const restoreAll = (directory: string): Map<string, Collection> => {
  mkdirSync(directory, { recursive: true });
  const files = readdirSync(directory).filter((file) => file.endsWith(ENDING));
  return new Map(files.map((file) => [nameOf(file), restoreCollection(join(directory, file))]));
};

const nameOf = (file: string) => decodeURIComponent(file.slice(0, -ENDING.length));

const restoreCollection = (file: string): Collection => {
  const { journal, ...restored } = restoreJournal(file);
  return openCollection(restored, journal);
};

const createCollection = (file: string | undefined, config: CollectionConfig): Collection => {
  const journal = file === undefined ? IN_MEMORY : createJournal(file, config);
  return openCollection({ config, points: createPoints(), operation: 0 }, journal);
};

/** Settings that only tune speed are accepted and forgotten; those that change answers are refused. */
const readConfig = (body: Json): CollectionConfig => {
  refuseFields(body, 'sparse_vectors', 'sharding_method', 'quantization_config', 'strict_mode_config');
  readSchema(body.vectors);
  const vectors = isGiven(body.vectors) ? readObject(body.vectors, 'vectors') : {};
  const metadata = isGiven(body.metadata) && mergePayload({}, readObject(body.metadata, 'metadata'));
  return { vectors, indexes: {}, ...(metadata && { metadata }) };
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: the server refuses exactly these.
const FORBIDDEN = /[<>:"/\\|?*\u0000\u001f]/;

const checkName = (name: string) => {
  const found = FORBIDDEN.exec(name)?.[0];
  if (found) throw refusal(422, `collection name cannot contain ${JSON.stringify(found)} char`);
  if (name.length > 255) throw wrongInput('collection name is longer than 255');
};

// The folder that the stand-ins keep their data in, for one process at a time. The lock is LevelDB's, and with that
// the operating system's own (fcntl, LockFileEx): it ends with the process however that ends, so none is ever stale.

import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { messageOf } from '../../shared/errors.ts';
import { StartRefused } from './start-refused.ts';

export interface DataDirectory {
  path: string;
  /** The folder of one stand-in. */
  of(name: string): string;
  close(): Promise<void>;
}

const HOLDER = 'process-id';

/** Taken before anything in it is opened: an opening may rewrite what the running process goes on appending to. */
export const openDirectory = async (directory: string): Promise<DataDirectory> => {
  const holder = join(directory, HOLDER);
  const lock = await inDirectory(directory, async () => {
    makeFolder(resolve(directory));
    return await locked(directory, holder);
  });
  return {
    path: directory,
    of: (name) => join(directory, name),
    async close() {
      rmSync(holder, { force: true });
      await lock.close();
    },
  };
};

/** Whatever fails in opening the folder is told as the folder's fault, by its name. */
export const inDirectory = async <T>(directory: string, open: () => Promise<T> | T): Promise<T> => {
  try {
    return await open();
  } catch (error) {
    if (error instanceof StartRefused) throw error;
    throw new StartRefused(`--data ${directory} can't be used: ${reasonOf(error)}`, { cause: error });
  }
};

const locked = async (directory: string, holder: string): Promise<ClassicLevel> => {
  const lock = await openLevel(join(directory, 'lock'), (error) => {
    if (error.code !== 'LEVEL_LOCKED') throw error;
    const process = existsSync(holder) ? `process ${readFileSync(holder, 'utf8')}` : 'another process';
    throw new StartRefused(`${directory} is used by ${process}: stop it, or choose another --data`);
  });
  writeFileSync(holder, String(process.pid));
  return lock;
};

/** LevelDB's failures are the causes of one that says nothing. */
export const openLevel = async (
  path: string,
  refuse: (error: Error & { code?: string }) => never = (error) => {
    throw error;
  },
): Promise<ClassicLevel> => {
  const level = new ClassicLevel(path);
  try {
    await level.open();
    return level;
  } catch (error) {
    return refuse(((error as Error).cause ?? error) as Error);
  }
};

/** `mkdir` with `recursive` never returns for a folder in /proc, so the parents are made one by one. */
const makeFolder = (folder: string) => {
  if (existsSync(folder)) {
    if (!statSync(folder).isDirectory()) throw new Error('it is not a folder');
    return;
  }
  if (dirname(folder) !== folder) makeFolder(dirname(folder));
  mkdirSync(folder);
};

/** The error's code stands before its text: `EACCES: permission denied, mkdir '/x'`. */
const reasonOf = (error: unknown): string => messageOf(error).replace(/^Database error: /, '');

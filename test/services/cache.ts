// What a service needs is built once, and again when what it is built from changes.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const CACHE = fileURLToPath(new URL('./.cache/', import.meta.url));

/** The path of a file of this directory. */
export const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/**
 * A directory with what `build` puts there, keyed by the content of the files it is built from. It is built aside and
 * then renamed: it is there whole or not at all, also when two runs build it at once.
 */
export const cached = async (
  name: string,
  sources: string[],
  build: (directory: string) => Promise<void>,
): Promise<string> => {
  const directory = `${CACHE}${name}-${await digest(sources)}`;
  if (existsSync(directory)) return directory;
  const aside = `${directory}.${process.pid}`;
  await mkdir(aside, { recursive: true });
  try {
    await build(aside);
    await rename(aside, directory).catch(() => undefined); // someone was faster: theirs is as good
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
  return directory;
};

const digest = async (sources: string[]) => {
  const hash = createHash('sha256');
  for (const source of sources) hash.update(await readFile(source));
  return hash.digest('hex').slice(0, 16);
};

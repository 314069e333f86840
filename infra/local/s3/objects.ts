import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';

export interface StoredObject {
  key: string;
  body: Buffer;
}

/** Objects by bucket and key. A name that would leave the directory is refused by whoever asks. */
export interface Objects {
  get(bucket: string, key: string): Buffer | undefined;
  put(bucket: string, key: string, body: Buffer): void;
  /** All of a bucket's, in the order of their bytes. */
  keys(bucket: string): string[];
}

export const openObjects = (directory: string | undefined): Objects =>
  directory ? inFiles(directory) : inMemory();

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

const inMemory = (): Objects => {
  const bodies = new Map<string, Buffer>();
  const put: Objects['put'] = (bucket, key, body) => void bodies.set(`${bucket}/${key}`, body);
  const get: Objects['get'] = (bucket, key) => bodies.get(`${bucket}/${key}`);
  return {
    get,
    put,
    keys: (bucket) => {
      const names = [...bodies.keys()].filter((name) => name.startsWith(`${bucket}/`));
      return names.map((name) => name.slice(bucket.length + 1)).sort(byBytes);
    },
  };
};

const inFiles = (directory: string): Objects => {
  const fileOf = (bucket: string, key: string) => join(directory, bucket, key);
  /** Whole or not at all, also when the process dies. */
  const put: Objects['put'] = (bucket, key, body) => {
    const file = fileOf(bucket, key);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file}.part`, body, { flush: true });
    renameSync(`${file}.part`, file);
  };
  return {
    put,
    get: (bucket, key) => (existsSync(fileOf(bucket, key)) ? readFileSync(fileOf(bucket, key)) : undefined),
    keys: (bucket) => {
      const root = join(directory, bucket);
      if (!existsSync(root)) return [];
      const entries = readdirSync(root, { recursive: true, withFileTypes: true });
      const files = entries.filter((entry) => entry.isFile() && !entry.name.endsWith('.part'));
      const names = files.map((entry) => relative(root, join(entry.parentPath, entry.name)));
      return names.map((name) => name.split(sep).join('/')).sort(byBytes);
    },
  };
};

// `npm start` as a process of its own, since what a person meets there are exit codes, signals and outputs.

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

const ROOT = join(import.meta.dirname, '../..');
const NODE = join(ROOT, 'node_modules/.bin/node');

/** Nothing of this process's environment but where programs are, and where what Node has compiled is kept. */
export const BARE_ENVIRONMENT = {
  PATH: process.env.PATH ?? '',
  NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? '',
};

/** How it ended, and what it said. A process that a signal ended has no code. */
export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Run {
  child: ChildProcessByStdio<null, Readable, Readable>;
  /** Resolves with the address once it is ready; rejects with what it said if it ends before. */
  listening: Promise<string>;
  ended: Promise<Ended>;
  /** Resolves once its standard output holds these words; rejects if it ends before. */
  saying(words: string): Promise<void>;
}

const running = new Set<Run['child']>();

/** Starts `npm start -- …` without anything of the environment but `env`. */
export const startLocal = (args: string[], env: Record<string, string> = {}): Run => {
  const child = spawn(NODE, [join(ROOT, 'infra/local/run.ts'), ...args], {
    env: { ...BARE_ENVIRONMENT, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const said = { stdout: '', stderr: '' };
  child.stderr.on('data', (piece: Buffer) => {
    said.stderr += piece.toString();
  });
  const ended = once(child, 'close').then(([code]) => {
    running.delete(child);
    return { code: code as number | null, ...said };
  });
  child.stdout.on('data', (piece: Buffer) => {
    said.stdout += piece.toString();
  });
  const found = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(said.stdout);
        if (match) resolve(match[1] ?? '');
      };
      child.stdout.on('data', look);
      void ended.then(() => reject(new Error(`it ended: ${said.stderr}`)));
    });
  const listening = found(/^listening on (\S+)$/m);
  listening.catch(() => {});
  const saying = async (words: string) => void (await found(new RegExp(words)));
  return { child, listening, ended, saying };
};

/** Runs it to its end. */
export const localRun = (args: string[], env?: Record<string, string>): Promise<Ended> =>
  startLocal(args, env).ended;

/** For the end of a test, however that went. */
export const killAll = async (): Promise<void> => {
  const exits = [...running].map((child) => once(child, 'close'));
  for (const child of running) child.kill('SIGKILL');
  await Promise.all(exits);
};

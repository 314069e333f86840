// Child processes: a service that is waited for until it answers, and a build command that must succeed. A service
// watches its standard input, a pipe from here, and ends with it: so nothing outlives a test run, not even a killed one.

import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export type Log = (line: string) => void;

export interface Command {
  /** What it is called in messages. */
  name: string;
  command: string;
  args: string[];
  env?: NodeJS.ProcessEnv;
}
export interface ServiceCommand extends Omit<Command, 'args'> {
  /** Told where to make a directory for its data, which is removed when it is stopped. */
  args: (data: string) => string[];
  /** Resolves once the service answers as it should. */
  answers: () => Promise<unknown>;
  seconds: number;
}

const LINES_QUOTED = 30;
const SECONDS_TO_STOP = 15;

/** Starts a service; returns how to stop it. */
export const startChild = async (service: ServiceCommand): Promise<() => Promise<void>> => {
  const data = join(tmpdir(), `lockstep-${randomUUID()}`);
  const running = launch({ ...service, args: service.args(data) }, { detached: true });
  const stop = () => stopChild(running).finally(() => rm(data, { recursive: true, force: true }));
  try {
    await untilItAnswers(service, running);
    return stop;
  } catch (error) {
    await stop();
    throw failure(service.name, `did not start: ${(error as Error).message}`, running);
  }
};

/** Runs a command to its end. */
export const runChild = async (build: Command & { seconds: number }): Promise<void> => {
  const running = launch(build);
  running.child.stdin?.end();
  const timeout = setTimeout(() => running.child.kill('SIGKILL'), build.seconds * 1000);
  const ending = await running.ended;
  clearTimeout(timeout);
  if (ending !== 'exit code 0')
    throw failure(build.name, `\`${commandLine(build)}\` ended with ${ending}`, running);
};

/** What each of these services listens on, and tests reach it by. */
export const LOOPBACK = '127.0.0.1';

interface Running {
  child: ChildProcess;
  lines: string[];
  /** Says how it ended; never rejects. */
  ended: Promise<string>;
  ending?: string;
}

/** Detached, it leads its own group: the terminal's Ctrl-C does not reach it, and it is stopped in order. */
const launch = ({ command, args, env }: Command, { detached = false } = {}): Running => {
  const child = spawn(command, args, { stdio: 'pipe', detached, env: { ...process.env, ...env } });
  const running: Running = { child, lines: [], ended: endOf(child) };
  void running.ended.then((ending) => {
    running.ending = ending;
  });
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (data) => keepLast(running.lines, data));
  child.stdin?.on('error', () => {}); // it has ended: `ended` says so
  return running;
};

const endOf = async (child: ChildProcess): Promise<string> => {
  try {
    const [code, signal] = await once(child, 'close');
    return signal ? `signal ${signal}` : `exit code ${code}`;
  } catch (error) {
    return (error as Error).message;
  }
};

const keepLast = (lines: string[], data: Buffer) => {
  lines.push(...data.toString().split('\n').filter(Boolean));
  lines.splice(0, lines.length - LINES_QUOTED);
};

const untilItAnswers = async ({ answers, seconds }: ServiceCommand, running: Running) => {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    if (running.ending) throw new Error(`it ended with ${running.ending}`);
    const problem = await answers().then(
      () => undefined,
      (error: unknown) => error ?? new Error('no answer'),
    );
    if (!problem) return;
    if (Date.now() > deadline) throw new Error(`no answer in ${seconds} s (${(problem as Error).message})`);
    await Promise.race([sleep(100), running.ended]);
  }
};

const stopChild = async ({ child, ended }: Running) => {
  child.stdin?.end();
  const timeout = setTimeout(() => killWithItsOwn(child), SECONDS_TO_STOP * 1000);
  await ended;
  clearTimeout(timeout);
};

const killWithItsOwn = ({ pid }: ChildProcess) => pid && process.kill(-pid, 'SIGKILL');

const failure = (name: string, what: string, { lines }: Running) =>
  new Error(`${name} ${what}\nThe last lines of its output:\n${lines.join('\n') || '(none)'}`);

const commandLine = ({ command, args }: Command) => [command, ...args].join(' ');

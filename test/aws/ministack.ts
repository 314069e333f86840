// AWS without Docker and without an account: PyPI's ministack, which takes the real templates from the real CDK and runs
// the real bundles in Node. What it does not do is in `infra/ministack.ts`.

import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cached } from '../services/cache.ts';
import { LOOPBACK, type Log, runChild, startChild } from '../services/child.ts';

export interface MiniStack {
  url: string;
  stop(): Promise<void>;
}

export const REGION = 'eu-central-1';
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const REQUIREMENTS = here('requirements.txt');

export const startMiniStack = async (port: number, log: Log): Promise<MiniStack> => {
  const python = await interpreter(log);
  const url = `http://${LOOPBACK}:${port}`;
  const stop = await startChild({
    name: 'MiniStack',
    command: python,
    args: (data) => ['-B', here('leash.py'), data],
    env: {
      // Functions inherit all of it: whatever points at AWS would outrank what MiniStack tells them.
      ...unset(process.env, /^(AWS_|NEO4J_|QDRANT_|LOCKSTEP_|VITEST|NODE_OPTIONS)/),
      BIND_HOST: LOOPBACK,
      GATEWAY_PORT: `${port}`,
      MINISTACK_REGION: REGION,
      IOT_MTLS_ENABLED: '0',
      SFTP_ENABLED: '0',
      PATH: [dirname(process.execPath), process.env.PATH].join(delimiter), // The first `node` runs them.
    },
    seconds: 180,
    answers: () => ping(url),
  });
  return { url, stop };
};

/** Fetches what is needed, so that a start needs no network. */
export const prepareMiniStack = (log: Log): Promise<unknown> => interpreter(log);

const unset = (env: NodeJS.ProcessEnv, names: RegExp): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.keys(env).flatMap((name) => (names.test(name) ? [[name, undefined]] : [])));

const ping = async (url: string) => {
  const answer = await fetch(`${url}/_ministack/health`, { signal: AbortSignal.timeout(2000) });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
};

const interpreter = async (log: Log): Promise<string> => {
  const directory = await cached('ministack', [REQUIREMENTS], async (venv) => {
    log('MiniStack: pip fetches it (once)');
    const name = 'MiniStack (its installation)';
    await runChild({ name, command: 'python3', args: ['-m', 'venv', venv], seconds: 120 });
    const args = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', REQUIREMENTS];
    await runChild({ name, command: join(venv, 'bin', 'python'), args, seconds: 480 });
  });
  return join(directory, 'bin', 'python');
};

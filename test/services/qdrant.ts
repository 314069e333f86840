// The real Qdrant engine without Docker: PyPI's qdrant-edge-py, behind Qdrant's REST routes (qdrant/bridge.py).

import { join } from 'node:path';
import { cached, here } from './cache.ts';
import { LOOPBACK, type Log, runChild, startChild } from './child.ts';

export interface QdrantService {
  url: string;
  stop(): Promise<void>;
}

const REQUIREMENTS = here('qdrant/requirements.txt');

export const startQdrant = async (port: number, log: Log): Promise<QdrantService> => {
  const python = await interpreter(log);
  const url = `http://${LOOPBACK}:${port}`;
  const stop = await startChild({
    name: 'Qdrant',
    command: python,
    args: (data) => ['-B', here('qdrant/bridge.py'), `${port}`, data], // -B: no byte code among the sources
    seconds: 60,
    answers: () => pingQdrant(url),
  });
  return { url, stop };
};

export const pingQdrant = async (url: string): Promise<void> => {
  const answer = await fetch(new URL('/healthz', url), { signal: AbortSignal.timeout(2000) });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
};

/** Fetches what is needed, so that a start needs no network. */
export const prepareQdrant = (log: Log): Promise<unknown> => interpreter(log);

/** The Python of a virtual environment that has the engine. Only this program of it is used, so it can be moved. */
const interpreter = async (log: Log): Promise<string> => {
  const directory = await cached('venv', [REQUIREMENTS], (venv) => install(venv, log));
  return join(directory, 'bin', 'python');
};

const install = async (venv: string, log: Log) => {
  log('Qdrant: pip fetches its engine (once, 14 MB)');
  const name = 'Qdrant (its installation)';
  await runChild({ name, command: 'python3', args: ['-m', 'venv', venv], seconds: 120 });
  const args = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', REQUIREMENTS];
  await runChild({ name, command: join(venv, 'bin', 'python'), args, seconds: 480 });
};

// `npm run test:aws`. Everything that has to be fetched is fetched first. Then, where that is allowed (as root on Linux),
// the tests run in a network of their own that has the loopback alone: a request that leaves the machine fails.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { prepareNeo4j } from '../services/neo4j.ts';
import { prepareQdrant } from '../services/qdrant.ts';
import { prepareMiniStack } from './ministack.ts';

const ISOLATED = ['unshare', '--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh'];
const VITEST = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
const CONFIG = fileURLToPath(new URL('vitest.config.ts', import.meta.url));

/** Stores that run outside of it could not be reached from within. */
const canIsolate = (): boolean => {
  if (process.env.NEO4J_URI || process.env.QDRANT_URL) return false;
  const [command = '', ...args] = ISOLATED;
  return spawnSync(command, [...args, 'true']).status === 0;
};

await Promise.all([
  prepareMiniStack(console.log),
  process.env.NEO4J_URI ? undefined : prepareNeo4j(console.log),
  process.env.QDRANT_URL ? undefined : prepareQdrant(console.log),
]);
const isIsolated = canIsolate();
console.log(
  isIsolated
    ? 'network: the loopback alone'
    : 'network: not isolated, which takes Linux, root and stores of its own',
);
const [command = '', ...args] = [
  ...(isIsolated ? ISOLATED : []),
  process.execPath,
  VITEST,
  'run',
  '--config',
  CONFIG,
  ...process.argv.slice(2),
];
const env = { ...process.env, LOCKSTEP_ISOLATED: isIsolated ? '1' : '' };
// Its standard input is a pipe from here, with whose end its whole group ends: so nothing outlives this run, not even a
// killed one.
const tests = spawn(command, args, { stdio: ['pipe', 'inherit', 'inherit'], detached: true, env });
const [code] = await once(tests, 'exit');
process.exit(code ?? 1);

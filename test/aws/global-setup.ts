// Vitest's global setup of `npm run test:aws`: MiniStack and both stores run while the tests do, and the stack is
// deployed to them as a user deploys it.

import type { Socket } from 'node:net';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { freePort, neo4jAt, qdrantAt } from '../services/start.ts';
import { deploy } from './deploy.ts';
import { REGION, startMiniStack } from './ministack.ts';

export default async (): Promise<() => Promise<void>> => {
  if (process.env.LOCKSTEP_ISOLATED !== undefined) endWithTheRun();
  const running: { stop(): Promise<void> }[] = [];
  const stop = async () => {
    await Promise.all(running.map((one) => one.stop()));
  };
  const start = async <Service extends { stop(): Promise<void> }>(starting: Promise<Service>) => {
    const service = await starting;
    running.push(service);
    return service;
  };
  for (const name of ['AWS_PROFILE', 'AWS_SESSION_TOKEN']) delete process.env[name];
  try {
    const [ministack, neo4j, qdrant] = await Promise.all([
      start(startMiniStack(await freePort(), console.log)),
      start(neo4jAt(await freePort(), console.log)),
      start(qdrantAt(await freePort(), console.log)),
    ]);
    Object.assign(process.env, pointingAt(ministack.url), { NEO4J_URI: neo4j.uri, QDRANT_URL: qdrant.url });
    await putSecret('lockstep/graph', { uri: neo4j.uri });
    await putSecret('lockstep/vectors', { url: qdrant.url });
    await deploy();
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
};

/** Started by `run.ts`, this process has a pipe from there as its standard input, and leads a group of its own. */
const endWithTheRun = () => {
  process.stdin.on('end', () => process.kill(-process.pid, 'SIGKILL')).resume();
  (process.stdin as Socket).unref();
};

/** Nothing here may ever reach an account. */
const pointingAt = (url: string) => ({
  AWS_ENDPOINT_URL: url,
  AWS_REGION: REGION,
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_EC2_METADATA_DISABLED: 'true',
});

const putSecret = (name: string, value: object) =>
  new SecretsManagerClient({}).send(
    new CreateSecretCommand({ Name: name, SecretString: JSON.stringify(value) }),
  );

import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import neo4j from 'neo4j-driver';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { dynamoClient } from '../../shared/adapters/dynamodb-client.ts';
import { configFor } from '../contracts/tables.ts';
import { killAll, localRun, startLocal } from '../support/local-run.ts';

const { NEO4J_URI = '', NEO4J_USERNAME, NEO4J_PASSWORD, QDRANT_URL = '', QDRANT_API_KEY } = process.env;
const { AWS_ENDPOINT_URL_DYNAMODB = '', AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = process.env;

/** What the demonstration is given of the environment. */
const env = Object.fromEntries(
  Object.entries({
    NEO4J_URI,
    NEO4J_USERNAME,
    NEO4J_PASSWORD,
    QDRANT_URL,
    QDRANT_API_KEY,
    AWS_ENDPOINT_URL_DYNAMODB,
    AWS_REGION,
    AWS_ACCESS_KEY_ID,
    AWS_SECRET_ACCESS_KEY,
  }).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
);

const dynamo = dynamoClient(configFor(AWS_ENDPOINT_URL_DYNAMODB));
const auth = NEO4J_PASSWORD ? neo4j.auth.basic(NEO4J_USERNAME ?? 'neo4j', NEO4J_PASSWORD) : undefined;
const driver = neo4j.driver(NEO4J_URI, auth);
const folder = mkdtempSync(join(tmpdir(), 'lockstep-demo-'));
beforeAll(() => {
  for (let n = 0; n < 240; n++) writeFileSync(join(folder, `${n}.md`), `${n} has a text. `.repeat(100));
});
afterEach(killAll);
afterAll(async () => {
  rmSync(folder, { recursive: true });
  dynamo.destroy();
  await driver.close();
});

/** Everything of a project that stands in a store, but what counts against limits, which expires by itself. */
const leftOf = async (project: string) => {
  const nodes = await driver.executeQuery('MATCH (n {project: $project}) RETURN elementId(n) AS id', {
    project,
  });
  const headers: Record<string, string> = QDRANT_API_KEY ? { 'api-key': QDRANT_API_KEY } : {};
  const { result } = (await (await fetch(`${QDRANT_URL}/collections`, { headers })).json()) as {
    result: { collections: { name: string }[] };
  };
  const { Items = [] } = await dynamo.send(new ScanCommand({ TableName: 'lockstep-State' }));
  return [
    ...nodes.records.map((record) => record.get('id')),
    ...result.collections.map(({ name }) => name).filter((name) => name.includes(project)),
    ...Items.map(({ pk, sk }) => `${pk} ${sk}`).filter(
      (key) => key.includes(project) && !key.startsWith('limit#'),
    ),
  ];
};

describe('a demonstration on real stores that is stopped', () => {
  test.each(['Writing', 'Repairing'])('while %s leaves nothing there', async (step) => {
    const project = `demo-${randomUUID()}`;
    const args = ['--once', '--demo-on-real-stores', '--project', project, '--path', folder];
    const run = startLocal(args, env);
    await run.saying(step);
    await sleep(300);
    run.child.kill('SIGINT');
    const { code, stderr } = await run.ended;

    expect([code, stderr]).toEqual([130, `Stopped by SIGINT. Project ${project} was removed again.\n`]);
    expect(await leftOf(project)).toEqual([]);

    const again = await localRun(args, env);
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('it has a history')]);
  });
});

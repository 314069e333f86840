import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type LocalDeployment, startDeployment } from '../../infra/local/deployment.ts';
import { damageTo } from '../support/damage.ts';
import type { LocalWorld } from '../support/world.ts';

const GRACE_SECONDS = 0.2;
let deployment: LocalDeployment;
let project: string;

beforeEach(async () => {
  project = `t-${randomUUID().slice(0, 13)}`;
  deployment = await startDeployment({ port: 0, isQuiet: true });
  await send('PUT', '', {});
  await send('PUT', '/settings', {
    mode: 'auto',
    auto_repair_above_percent: 0,
    grace_seconds: GRACE_SECONDS,
  });
});
afterEach(async () => {
  await Promise.all([deployment.world.graph.drop(project), deployment.world.vectors.drop(project)]);
  await deployment.stop();
});

// biome-ignore lint/suspicious/noExplicitAny: a test asserts what is in it.
const send = async (method: string, path: string, body?: object): Promise<any> => {
  const answer = await fetch(`${deployment.url}/projects/${project}${path}`, {
    method,
    ...(body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {}),
  });
  return await answer.json();
};
const written = async (path: string) => {
  const { chunks } = await send('PUT', `/documents/${path}`, { content: `What is written in ${path}.` });
  return String(chunks[0].chunk_id);
};
const damage = () => {
  const { qdrantUrl: url, qdrantApiKey: apiKey, cypher } = deployment;
  const qdrant = { url, ...(apiKey ? { apiKey } : {}) };
  return damageTo({ cypher, qdrant, project } as LocalWorld);
};

describe('a point that is lost at once after its write was acknowledged', () => {
  test('is found within seconds, though no scan has run, and repaired by the next', async () => {
    const [lost = ''] = await Promise.all(['a.md', 'b.md', 'c.md'].map(written));
    await damage().deletePoints([lost]);

    await expect
      .poll(async () => (await send('GET', '/drifts')).items, { timeout: 40_000 })
      .toMatchObject([{ chunk_id: lost, type: 'missing_in_qdrant', status: 'open', scan_id: null }]);

    expect((await send('GET', '/scans')).items).toEqual([]);
    const { scan_id } = await send('POST', '/scans', { depth: 'fingerprints' });
    await expect
      .poll(async () => (await send('GET', '/drifts')).items, { timeout: 40_000 })
      .toMatchObject([{ chunk_id: lost, status: 'repaired', scan_id }]);
    expect((await send('GET', `/chunks/${lost}`)).vectors).toMatchObject({ version: 1 });
  }, 120_000);

  test('is none where nothing was lost', async () => {
    await Promise.all(['a.md', 'b.md', 'c.md'].map(written));
    await sleep(1_000);
    await deployment.settled();

    expect((await send('GET', '/drifts')).items).toEqual([]);
  }, 120_000);
});

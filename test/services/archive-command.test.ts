// Needs no service, but a dozen processes: too long for `npm test`.

import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStores } from '../../infra/local/archive/stores.ts';
import { createTables, startDynamo } from '../../infra/local/dynamodb.ts';
import { dynamoClient } from '../../shared/adapters/dynamodb-client.ts';
import { aManifest, anEvent } from '../contracts/event-store-events.ts';
import { configFor } from '../contracts/tables.ts';
import { BARE_ENVIRONMENT } from '../support/local-run.ts';

const RUN = join(import.meta.dirname, '../../infra/local/archive/run.ts');
const run = async (...args: string[]) => {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [RUN, ...args], {
      env: BARE_ENVIRONMENT,
    });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
};

let data: string;
const events = [1, 2, 3].map((version) =>
  anEvent({
    project: 'docs',
    version,
    manifest: aManifest(2),
    timestamp: `2020-01-0${version}T12:00:00.000Z`,
  }),
);

/** What a local deployment has left: a project, and events that went from its event store years ago. */
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'lockstep-archive-'));
  const dynamo = await startDynamo({ directory: join(data, 'dynamodb') });
  const client = dynamoClient(configFor(dynamo.endpoint));
  await createTables(client, 'lockstep');
  client.destroy();
  await dynamo.close();
  const stores = await openStores({ data });
  await stores.archive.put(events);
  await stores.projects.put({
    project: 'docs',
    identity: 'x',
    status: 'registered',
    registered_at: '2020-01-01T00:00:00.000Z',
    embedding_model: 'a-model',
    dimension: 4,
    adopted: false,
    read_only: false,
  });
  await stores.close();
});
afterAll(() => rm(data, { recursive: true }));

const PERIOD = ['--project', 'docs', '--since', '2020-01-01', '--until', '2020-01-03'];

describe('npm run archive', () => {
  test('lists what is archived', async () => {
    const { code, stdout } = await run('list', '--data', data);
    const { stdout: json } = await run('list', '--data', data, '--json');

    expect(code).toBe(0);
    expect(stdout).toMatch(/docs +2020-01-01 1 object, \d\.\d kB\n.*docs +2020-01-02/s);
    expect(JSON.parse(json).days).toHaveLength(3);
  });

  test('puts a period back, once', async () => {
    const first = await run('restore', ...PERIOD, '--data', data, '--json');
    const second = await run('restore', ...PERIOD, '--data', data);

    expect(first.code).toBe(0);
    expect(JSON.parse(first.stdout)).toMatchObject({ stored: 2, there: 0, conflicts: [] });
    expect(second.stdout).toMatch(/0 events put back, 2 there already.*queries answer from it until/s);
    const stores = await openStores({ data });
    const { items } = await stores.events.byDocument('docs', 'docs/a.md', { limit: 10 });
    expect(items).toEqual(events.slice(0, 2));
    await stores.close();
  });

  test('fills the archive with what only the event store holds, once', async () => {
    const stores = await openStores({ data });
    const lost = [4, 5].map((version) =>
      anEvent({
        project: 'docs',
        version,
        manifest: aManifest(2),
        timestamp: `2090-01-0${version}T12:00:00.000Z`,
      }),
    );
    for (const event of lost) await stores.events.append(event);
    await stores.close();
    const FILL = ['backfill', '--project', 'docs', '--since', '2090-01-01', '--until', '2090-02-01'];

    const first = await run(...FILL, '--data', data, '--json');
    const second = await run(...FILL, '--data', data);

    expect(JSON.parse(first.stdout)).toMatchObject({ added: 2, there: 0 });
    expect(second.stdout).toMatch(/0 events archived, 2 there already/);
    const after = await openStores({ data });
    const period = { since: '2090-01-01T00:00:00.000Z', until: '2090-02-01T00:00:00.000Z' };
    expect(await Array.fromAsync(after.archive.read('docs', period))).toEqual(lost);
    await after.close();
  });

  test('prints a table for Athena', async () => {
    const { stdout } = await run('athena', '--bucket', 'my-archive');

    expect(stdout).toContain("LOCATION 's3://my-archive/events/'");
  });

  test.each<[string, string[], RegExp]>([
    ['no command', [], /Usage/],
    ['no project', ['restore', '--since', '2020-01-01', '--until', '2020-01-02'], /--project/],
    [
      'a time that is none',
      ['restore', ...PERIOD.slice(0, 2), '--since', 'May', '--until', '2020-01-02'],
      /UTC/,
    ],
    [
      'a period that ends before it begins',
      ['restore', ...PERIOD, '--until', '2019-01-01'],
      /before it begins/,
    ],
    ['a project that is not there', ['restore', ...PERIOD, '--project', 'none'], /no project "none"/],
    ['a folder that holds none', ['list', '--data', tmpdir()], /no local deployment/],
    ['no bucket', ['athena'], /LOCKSTEP_ARCHIVE_BUCKET/],
  ])('refuses %s with exit code 2, and without a stack', async (_, args, why) => {
    const isOnData = args[0] === 'restore' && !args.includes('--data');
    const { code, stderr } = await run(...args, ...(isOnData ? ['--data', data] : []));

    expect(code).toBe(2);
    expect(stderr).toMatch(why);
    expect(stderr).not.toMatch(/^ +at /m);
  });
});

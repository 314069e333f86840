import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startDynamo } from '../../infra/local/dynamodb.ts';
import { startQdrant } from '../../infra/local/qdrant.ts';
import { dynamoClient } from '../../shared/adapters/dynamodb-client.ts';
import { configFor } from '../contracts/tables.ts';
import { killAll, localRun, startLocal } from '../support/local-run.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-demo-'));
});
afterEach(async () => {
  await killAll();
  rmSync(folder, { recursive: true });
});

const write = (name: string, content: string | Buffer) => {
  mkdirSync(join(folder, name, '..'), { recursive: true });
  writeFileSync(join(folder, name), content);
};
/** Some forty chunks. */
const someText = (name: string) =>
  Array.from({ length: 120 }, (_, n) => `${name} ${n}. `.repeat(30)).join('\n\n');

describe('the demonstration with a folder of one’s own', () => {
  test('writes what is text, says how much it left out and why, and ends in one JSON object', async () => {
    for (const name of ['ONE.MD', 'cafe\u0301.md', 'x.md/inner.txt']) write(name, someText(name));
    write('tab\t.md', 'its name has a tab');
    writeFileSync(Buffer.from(`${folder}/bad\xff.md`, 'latin1'), 'its name is not UTF-8');
    write('latin.txt', Buffer.from('caf\xe9', 'latin1'));
    write('empty.md', ' \n');
    write('large.md', 'a'.repeat(400_001));
    symlinkSync('nowhere', join(folder, 'dangling.md'));
    symlinkSync('loop.md', join(folder, 'loop.md'));

    const { code, stdout, stderr } = await localRun(['--json', '--path', folder]);
    const report = JSON.parse(stdout);

    expect([code, stderr, report.ok]).toEqual([0, '', true]);
    expect(report.corpus.documents).toBe(3);
    expect(report.left_out).toEqual({
      'not a usable name': 2,
      'not UTF-8 text': 1,
      empty: 1,
      'too large': 1,
      unreadable: 2,
    });
    expect(report.corpus.seconds).toBe(Math.round(report.corpus.seconds * 1000) / 1000);
  });
});

describe('a demonstration that is stopped', () => {
  test('says so, says what is left, and ends as Ctrl-C does', async () => {
    const run = startLocal(['--once']);
    await run.saying('Writing to both stores');
    run.child.kill('SIGINT');
    const { code, stderr } = await run.ended;

    expect([code, stderr]).toEqual([
      130,
      'Stopped by SIGINT. All of it was in memory, so nothing is left.\n',
    ]);
  });

  test('ends when nobody reads it any more', async () => {
    write('a.md', someText('a'));
    const run = startLocal(['--once', '--path', folder]);
    await run.saying('project');
    run.child.stdout.destroy();

    expect((await run.ended).code).toBe(141);
  });

  test('on real stores leaves nothing there, whether it was being written or repaired', async () => {
    const [qdrant, dynamo] = [await startQdrant(), await startDynamo()];
    const client = dynamoClient(configFor(dynamo.endpoint));
    const env = {
      QDRANT_URL: qdrant.url,
      AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    };
    for (let n = 0; n < 6; n++) write(`${n}.md`, someText(`${n}`));
    for (const step of ['Writing', 'Repairing']) {
      const run = startLocal(
        ['--once', '--demo-on-real-stores', '--project', step.toLowerCase(), '--path', folder],
        env,
      );
      await run.saying(step);
      await sleep(300);
      run.child.kill('SIGINT');
      const { code, stderr } = await run.ended;

      expect([code, stderr]).toEqual([
        130,
        `Stopped by SIGINT. Project ${step.toLowerCase()} was removed again.\n`,
      ]);
      const { result } = (await (await fetch(`${qdrant.url}/collections`)).json()) as {
        result: { collections: unknown[] };
      };
      const { Items = [] } = await client.send(new ScanCommand({ TableName: 'lockstep-State' }));
      expect(result.collections).toEqual([]);
      // What counts against limits expires by itself.
      const left = Items.filter(({ pk }) => !pk.startsWith('limit#')).map(({ pk, sk }) => `${pk} ${sk}`);
      expect([step, left]).toEqual([step, []]);
    }
    const again = await localRun(['--once', '--demo-on-real-stores', '--project', 'writing'], env);
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('it has a history')]);
    client.destroy();
    await Promise.all([qdrant.close(), dynamo.close()]);
  }, 120_000);
});

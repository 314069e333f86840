// Needs no service, but several processes: too long for `npm test`.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { killAll, startLocal } from '../support/local-run.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-serve-'));
});
afterEach(async () => {
  await killAll();
  rmSync(folder, { recursive: true });
});

const serve = (env: Record<string, string> = {}) =>
  startLocal(['--serve', '--port', '0', '--data', folder], env);
const put = (url: string, path: string, content: string) =>
  fetch(`${url}/projects/notes/documents/${path}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ content }),
  });
const health = async (url: string) => (await fetch(`${url}/health`)).status;

describe('a deployment that serves', () => {
  test('says where it listens on its standard output, and everything else on the other one', async () => {
    const run = serve({ LOCKSTEP_LOG_LEVEL: 'info' });
    const url = await run.listening;
    await health(url);
    run.child.kill('SIGINT');
    const { code, stdout, stderr } = await run.ended;

    expect([code, stdout]).toEqual([0, `listening on ${url}\n`]);
    expect(stderr).toMatch(/vectors +a stand-in for Qdrant at http:\/\/127\.0\.0\.1:\d+/);
    expect(stderr).toContain(`curl -X PUT ${url}/projects/PROJECT/settings`);
    expect(stderr).toContain('"message":"request"');
  });

  test('keeps requests that go well to itself unless it is asked', async () => {
    const run = serve();
    await health(await run.listening);
    run.child.kill('SIGTERM');

    expect((await run.ended).stderr).not.toContain('"message"');
  });

  test('lives on when nobody reads what it says any more', async () => {
    const run = serve({ LOCKSTEP_LOG_LEVEL: 'info' });
    const url = await run.listening;
    run.child.stdout.destroy();
    run.child.stderr.destroy();
    for (let request = 0; request < 5; request++) await health(url);
    await sleep(200);

    expect([await health(url), run.child.exitCode]).toEqual([200, null]);
  });

  test('answers what is under way before it ends', async () => {
    const run = serve();
    const url = await run.listening;
    await put(url, 'first.md', 'The first one registers the project.');
    const writes = Array.from({ length: 8 }, (_, n) => put(url, `${n}.md`, `${n} `.repeat(20_000)));
    await sleep(30);
    run.child.kill('SIGINT');
    const answers = await Promise.allSettled(writes);
    const { code, stderr } = await run.ended;

    const statuses = answers.flatMap((one) => (one.status === 'fulfilled' ? [one.value.status] : []));
    expect([code, stderr]).toEqual([0, expect.not.stringContaining('Error')]);
    expect(statuses).toEqual(statuses.map(() => 201));
  });
});

// Needs no service, but a dozen processes: too long for `npm test`.

import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startQdrant } from '../../infra/local/qdrant.ts';
import { killAll, localRun, startLocal } from '../support/local-run.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-start-'));
});
afterEach(async () => {
  await killAll();
  rmSync(folder, { recursive: true });
});

const serve = (data: string, ...more: string[]) => ['--serve', '--port', '0', '--data', data, ...more];
const put = async (url: string, path: string) =>
  (
    await fetch(`${url}/projects/notes/documents/${path}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ content: `The text of ${path}.` }),
    })
  ).status;
const counts = async (url: string) => {
  const status = (await (await fetch(`${url}/projects/notes/status`)).json()) as Record<string, unknown>;
  return [status.neo4j_count, status.qdrant_count];
};
/** Something on a port of its own that accepts connections and never says anything. */
const silence = () =>
  new Promise<{ port: number; end: () => void }>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () =>
      resolve({ port: (server.address() as AddressInfo).port, end: () => server.close() }),
    );
  });

describe('a folder of data', () => {
  test('belongs to one process: a second start names it and costs no acknowledged chunk', async () => {
    const first = startLocal(serve(folder));
    const url = await first.listening;
    const before = await put(url, 'before.md');

    const second = await localRun(serve(folder));
    const after = await put(url, 'after.md');
    first.child.kill('SIGKILL');
    await first.ended;
    const third = startLocal(serve(folder));

    expect([second.code, second.stderr]).toEqual([
      2,
      `${folder} is used by process ${first.child.pid}: stop it, or choose another --data\n`,
    ]);
    expect([before, after]).toEqual([201, 201]);
    expect(await counts(await third.listening)).toEqual([2, 2]);
  });

  test.each<[string, () => string, RegExp]>([
    ['that is a file', () => fileIn('a-file', ''), /it is not a folder/],
    ['that the system does not make', () => '/proc/nope', /ENOENT/],
    ['without a name', () => '', /It is empty/],
    ['whose DynamoDB is damaged', () => damaged('dynamodb/CURRENT'), /dynamodb/],
    ['whose graph is damaged', () => damaged('graph/graph.grafeo'), /graph\.grafeo/],
    ['whose vectors are damaged', () => damaged('qdrant/project-a.jsonl'), /project-a\.jsonl is damaged/],
  ])('%s is refused by its name', async (_, make, why) => {
    const data = make();
    const { code, stdout, stderr } = await localRun(serve(data));

    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(why);
    if (data) expect(stderr.split('\n')[0]).toContain(`--data ${data} can't be used: `);
    expect(stderr).not.toContain('    at ');
  });

  test.skipIf(process.getuid?.() === 0)('that may only be read is refused by its name', async () => {
    chmodSync(folder, 0o500);
    const { code, stderr } = await localRun(serve(folder));
    chmodSync(folder, 0o700);

    expect([code, stderr]).toEqual([2, expect.stringContaining(`--data ${folder} can't be used: EACCES`)]);
  });

  const fileIn = (name: string, content: string) => {
    const file = join(folder, name);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, content);
    return file;
  };
  const damaged = (name: string) => {
    fileIn(name, 'not what belongs here\n');
    return folder;
  };
});

describe('a port', () => {
  test('that is in use is refused before any store is opened', async () => {
    const { port, end } = await silence();
    const { code, stderr } = await localRun(['--serve', '--port', String(port), '--data', folder]);
    end();

    expect([code, stderr]).toEqual([
      2,
      `port ${port} is in use: choose another with --port, or any free one with --port 0\n`,
    ]);
  });
});

describe('a real service', () => {
  test('that is not there is named with its address and the cause, all of them at once and soon', async () => {
    const { port, end } = await silence();
    end();
    const startedAt = Date.now();

    const { code, stderr } = await localRun(serve(folder), {
      NEO4J_URI: `bolt://127.0.0.1:${port}`,
      QDRANT_URL: `http://127.0.0.1:${port}`,
      AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${port}`,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    });

    expect([code, stderr.trim().split('\n')]).toEqual([
      2,
      [
        expect.stringMatching(`^NEO4J_URI bolt://127.0.0.1:${port} can't be used: .*ECONNREFUSED`),
        expect.stringMatching(`^QDRANT_URL http://127.0.0.1:${port} can't be used: .*ECONNREFUSED`),
        expect.stringMatching(
          `^AWS_ENDPOINT_URL_DYNAMODB http://127.0.0.1:${port} can't be used: .*ECONNREFUSED`,
        ),
      ],
    ]);
    expect(Date.now() - startedAt).toBeLessThan(15_000);
  });

  test('of AWS without a region is refused with the variable to set', async () => {
    const { port, end } = await silence();
    const { code, stderr } = await localRun(serve(folder), {
      AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${port}`,
    });
    end();

    expect([code, stderr]).toEqual([2, expect.stringContaining('AWS_REGION is missing')]);
  });

  test('is not damaged by a demonstration that nobody allowed to; only what is real is named', async () => {
    const qdrant = await startQdrant();
    const { code, stdout, stderr } = await localRun(['--once'], { QDRANT_URL: qdrant.url });
    await qdrant.close();

    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`Qdrant at ${qdrant.url} is real`);
    expect(stderr).not.toContain('Grafeo');
  });
});

test('a flag that is not known is answered with where to look', async () => {
  const { code, stderr } = await localRun(['--sevre']);

  expect([code, stderr]).toEqual([2, expect.stringContaining('See npm start -- --help.')]);
});

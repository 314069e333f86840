import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startQdrant } from '../../infra/local/qdrant.ts';
import {
  A,
  ABSENT,
  B,
  C,
  client,
  createDocs,
  idsOf,
  refusalOf,
  restartIn,
  talkTo,
  vectorOf,
  withStandIn,
  withThreePoints,
} from './qdrant-stand-in.ts';

withStandIn();

describe('on disk', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'qdrant-stand-in-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  const restart = () => restartIn(directory);

  const everything = () => client.scroll('docs', { limit: 1000, with_vector: true });

  it('everything acknowledged outlives a kill', async () => {
    const module = new URL('../../infra/local/qdrant.ts', import.meta.url).href;
    const script = `const { startQdrant } = await import(${JSON.stringify(module)});
      console.log((await startQdrant({ directory: ${JSON.stringify(directory)} })).port);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [port] = await once(child.stdout, 'data');
    talkTo(Number(port));
    await withThreePoints();
    await client.updateCollection('docs', { metadata: { identity: 'i' } });
    await client.createPayloadIndex('docs', { field_name: 'version', field_schema: 'integer', wait: true });
    await client.updateVectors('docs', { points: [{ id: A, vector: [3, 4] }] });
    await client.delete('docs', { points: [B], wait: true });
    const [points, description] = [await everything(), await client.getCollection('docs')];
    child.kill('SIGKILL');
    await once(child, 'exit');
    await restart();
    expect([await everything(), await client.getCollection('docs')]).toEqual([points, description]);
    expect(points.points.map(({ id, vector }) => [id, vector])).toEqual([
      [A, [0.6, 0.8]],
      [C, [0, 1]],
    ]);
  });

  it('an operation that failed in part is kept as far as it went', async () => {
    await restart();
    await withThreePoints();
    const points = [ABSENT, A].map((id) => ({ id, vector: [0, 5] }));
    await refusalOf(client.updateVectors('docs', { points }));
    await restart();
    expect(await vectorOf(A)).toEqual([0, 1]);
  });

  it('a torn last line is dropped, and what follows it is kept', async () => {
    await restart();
    await withThreePoints();
    await appendFile(join(directory, 'docs.jsonl'), '{"operation":2,"changes":[{"id"');
    await restart();
    expect(await idsOf()).toEqual([A, B, C]);
    await client.delete('docs', { points: [B], wait: true });
    await restart();
    expect(await idsOf()).toEqual([A, C]);
  });

  it('a damaged line in the middle stops the start', async () => {
    await restart();
    await createDocs();
    await appendFile(join(directory, 'docs.jsonl'), 'not JSON\n');
    await expect(startQdrant({ directory })).rejects.toThrow('docs.jsonl is damaged at line 2');
  });

  it('the log is compacted on start, and operation ids go on', async () => {
    await restart();
    await withThreePoints();
    for (let round = 0; round < 20; round++) {
      await client.setPayload('docs', { points: [A], payload: { round } });
    }
    const before = await everything();
    const file = join(directory, 'docs.jsonl');
    const length = (await readFile(file)).length;
    await restart();
    expect((await readFile(file)).length).toBeLessThan(length / 2);
    expect(await everything()).toEqual(before);
    expect(await client.delete('docs', { points: [B], wait: true })).toMatchObject({ operation_id: 22 });
  });

  it('a collection that is deleted leaves nothing, and its name is free again', async () => {
    await restart();
    await withThreePoints();
    await client.deleteCollection('docs');
    expect(await readdir(directory)).toEqual([]);
    await createDocs();
    await restart();
    expect(await client.count('docs')).toEqual({ count: 0 });
  });

  it('names of collections need not be names of files', async () => {
    await restart();
    for (const name of ['a.b', 'ä ö', '%2e']) {
      await client.createCollection(name, { vectors: { size: 1, distance: 'Dot' } });
    }
    await restart();
    const { collections } = await client.getCollections();
    expect(collections.map(({ name }) => name).sort()).toEqual(['%2e', 'a.b', 'ä ö']);
    expect((await refusalOf(client.createCollection('a/b', {})))[0]).toBe(422);
  });
});

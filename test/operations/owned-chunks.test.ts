import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { unborn } from '../../shared/domain/document.ts';
import { tryReserve } from '../../shared/operations/reserve.ts';
import { writeDocument } from '../../shared/operations/write-document.ts';
import type { WriteRequest } from '../../shared/operations/write-request.ts';
import { damageTo } from '../support/damage.ts';
import { aWrite, targetsOf } from '../support/documents.ts';
import { EAGER, scanThrough } from '../support/drive.ts';
import { textsOf } from '../support/stores.ts';
import { type LocalWorld, localWorld } from '../support/world.ts';

const PATH = 'a.md';

let local: LocalWorld;
beforeEach(async () => {
  local = await localWorld();
  await write(['one', 'two', 'three']);
});
afterEach(() => local.stop());

const write = (texts: string[]) => writeDocument(local.world, aWrite(local.project, PATH, texts));
const texts = (path = PATH) => textsOf(local.world, local.project, path);
const second = () => targetsOf(local.project, PATH, ['one', 'two'])[1]?.chunk.chunk_id ?? '';

/** A write of one chunk under an id that the caller chose. */
const claiming = (chunk_id: string, path: string): WriteRequest => {
  const request = aWrite(local.project, path, [`of ${path}`]);
  return { ...request, targets: request.targets.map(({ chunk }) => ({ chunk: { ...chunk, chunk_id } })) };
};
const OWNED = { code: 'chunk_owned' };

test.each([
  ['as it was', ['one', 'two', 'three']],
  ['with another text', ['one', 'zwei', 'three']],
])('a document is written again %s although copies of it name other paths', async (_, next) => {
  await damageTo(local).setNode(second(), { file_path: 'other.md' });
  await damageTo(local).setPayload(second(), { file_path: 'third.md' });

  await write(next);

  expect(await texts()).toEqual(next);
});

test('a node with another text and another path is put back by a repair', async () => {
  await local.world.projects.changeSettings(local.project, EAGER);
  await damageTo(local).setNode(second(), { content: 'altered', file_path: 'other.md' });

  const { rows } = await scanThrough(local, 'content');

  expect(rows).toMatchObject([{ chunk_id: second(), outcome: 'repaired', action: 'reconcile_content' }]);
  expect(await texts()).toEqual(['one', 'two', 'three']);
});

test('an id that a document claims is refused to every other', async () => {
  await expect(writeDocument(local.world, claiming(second(), 'b.md'))).rejects.toMatchObject(OWNED);

  expect(await texts()).toEqual(['one', 'two', 'three']);
  expect(await local.world.documents.head(local.project, 'b.md')).toMatchObject({ state: 'absent' });
});

test('an id that nobody signed and that names another path is refused: it is not ours', async () => {
  const foreign = { chunk_id: randomUUID(), file_path: 'theirs.md', content: 'theirs' };
  await damageTo(local).createNode({ project: local.project, ...foreign });

  await expect(writeDocument(local.world, claiming(foreign.chunk_id, 'b.md'))).rejects.toMatchObject(OWNED);

  const stored = await local.world.graph.read(local.project, [foreign.chunk_id]);
  expect(stored.get(foreign.chunk_id)).toMatchObject(foreign);
});

test('an id is refused that names a document under way, which may be about to claim it', async () => {
  const reservation = { file_path: 'b.md', kind: 'write' as const, deadlineSeconds: 60 };
  const { project } = local;
  await tryReserve(local.world, unborn(project, 'b.md'), {
    project,
    ...reservation,
    correlation_id: randomUUID(),
  });
  const chunk_id = randomUUID();
  await damageTo(local).createNode({ project, chunk_id, file_path: 'b.md', content: 'b', write_id: 'b' });

  await expect(writeDocument(local.world, claiming(chunk_id, 'c.md'))).rejects.toMatchObject(OWNED);
});

test('of several documents that claim one new id at once, one gets it', async () => {
  for (let round = 0; round < 5; round++) {
    const chunk_id = randomUUID();
    const paths = [0, 1, 2, 3].map((i) => `round-${round}-${i}.md`);

    const ends = await Promise.allSettled(
      paths.map((path) => writeDocument(local.world, claiming(chunk_id, path))),
    );

    const won = paths.filter((_, i) => ends[i]?.status === 'fulfilled');
    expect(won).toHaveLength(1);
    for (const end of ends) if (end.status === 'rejected') expect(end.reason).toMatchObject(OWNED);
    expect(await texts(won[0])).toEqual([`of ${won[0]}`]);
  }
});

test.each([
  ['its point is lost', () => damageTo(local).deletePoints([second()])],
  ['its point names it too', () => damageTo(local).setPayload(second(), { file_path: 'other.md' })],
])('a node with another text and another path is not taken for an unknown chunk when %s', async (_, also) => {
  await local.world.projects.changeSettings(local.project, EAGER);
  await damageTo(local).setNode(second(), { content: 'altered', file_path: 'other.md' });
  await also();

  await scanThrough(local, 'content');

  const point = (await local.world.vectors.read(local.project, [second()])).get(second());
  expect(point?.content).not.toBe('altered');
});

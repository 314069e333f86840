import { afterEach, beforeEach, expect, test } from 'vitest';
import { chunkId } from '../../shared/domain/chunk.ts';
import { ConflictError, UnavailableError } from '../../shared/errors.ts';
import { settleWrites } from '../../shared/operations/settle-writes.ts';
import { writeDocument } from '../../shared/operations/write-document.ts';
import { damageTo } from '../support/damage.ts';
import { aWrite } from '../support/documents.ts';
import { EAGER, scanThrough } from '../support/drive.ts';
import { badlyEnded } from '../support/history.ts';
import { textsOf } from '../support/stores.ts';
import { type LocalWorld, localWorld } from '../support/world.ts';

const PATH = 'a.md';

let local: LocalWorld;
beforeEach(async () => {
  local = await localWorld();
  await writeDocument(local.world, aWrite(local.project, PATH, ['one', 'two']));
});
afterEach(() => local.stop());

type Apply = LocalWorld['world']['graph']['apply'];

/** A graph on which someone else is faster at the first try, so that there is a second one, which ends like this. */
const interfered = (second: (apply: () => ReturnType<Apply>) => ReturnType<Apply>): LocalWorld['world'] => {
  const { graph } = local.world;
  let calls = 0;
  const apply: Apply = async (...of) => {
    if (++calls === 1) {
      const id = chunkId(local.project, PATH, 1);
      await damageTo(local).setNode(id, { write_id: 'someone', content: 'theirs' });
    }
    return calls === 2 ? await second(() => graph.apply(...of)) : await graph.apply(...of);
  };
  return { ...local.world, graph: { ...graph, apply } };
};

const timeout = () => new UnavailableError('graph', 'timeout', 'no answer came');

test.each<[string, Parameters<typeof interfered>[0]]>([
  [
    'never came',
    async () => {
      throw timeout();
    },
  ],
  [
    'was in, but nobody heard of it',
    async (apply) => {
      await apply();
      throw timeout();
    },
  ],
  [
    'was refused',
    async () => {
      throw new ConflictError('the chunk belongs to another document', 'chunk_owned');
    },
  ],
])('a write whose second try on the graph %s is rolled back, not acknowledged', async (_, second) => {
  const request = aWrite(local.project, PATH, ['eins', 'zwei']);

  const failure = await writeDocument(interfered(second), request).catch((error) => error);

  expect(failure).toMatchObject({ code: 'unavailable' });
  local.world.clock.advance(600_000);
  await settleWrites(local.world, () => 600_000);
  expect(await badlyEnded(local, PATH)).toEqual([]);
  // What someone else has written is drift, for a scan to find.
  await local.world.projects.changeSettings(local.project, EAGER);
  await scanThrough(local, 'content');
  expect(await textsOf(local.world, local.project, PATH)).toEqual(['one', 'two']);
});

test('a write whose second try takes is acknowledged with its own text', async () => {
  const world = interfered((apply) => apply());

  await writeDocument(world, aWrite(local.project, PATH, ['eins', 'zwei']));

  expect(await textsOf(local.world, local.project, PATH)).toEqual(['eins', 'zwei']);
});

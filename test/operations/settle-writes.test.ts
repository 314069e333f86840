import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { unborn } from '../../shared/domain/document.ts';
import { FencedError, UnavailableError } from '../../shared/errors.ts';
import { tryReserve } from '../../shared/operations/reserve.ts';
import { settleWrites } from '../../shared/operations/settle-writes.ts';
import { writeDocument } from '../../shared/operations/write-document.ts';
import { aWrite } from '../support/documents.ts';
import { type LocalWorld, localWorld } from '../support/world.ts';

const MINUTES = 5 * 60_000;
const PLENTY = () => MINUTES;

let local: LocalWorld;
beforeEach(async () => {
  local = await localWorld();
});
afterEach(() => local.stop());

/** Operations that nobody goes on with, one a document. */
const abandoned = async (project: string, count: number) => {
  const operation = { project, kind: 'write', correlation_id: randomUUID(), deadlineSeconds: 60 } as const;
  for (let i = 0; i < count; i++)
    await tryReserve(local.world, unborn(project, `${i}.md`), { ...operation, file_path: `${i}.md` });
};

/** The same world, where the graph answers for every project but one. */
const unanswering = (silent: string): LocalWorld['world'] => {
  const { graph } = local.world;
  const fence: typeof graph.fence = async (project, ...rest) => {
    if (project === silent) throw new UnavailableError('graph', 'timeout', 'no answer');
    return await graph.fence(project, ...rest);
  };
  return { ...local.world, graph: { ...graph, fence } };
};

test('operations that can not be settled keep none of another project from being settled, however many', async () => {
  await abandoned('silent', 230);
  local.world.clock.advance(1_000);
  await abandoned(local.project, 2);
  local.world.clock.advance(MINUTES);

  const { settled, failed } = await settleWrites(unanswering('silent'), PLENTY);

  expect(settled.map(({ project, outcome }) => [project, outcome])).toEqual([
    [local.project, 'failed'],
    [local.project, 'failed'],
  ]);
  expect(failed).toHaveLength(230);
  expect(await local.world.documents.openCount(local.project)).toBe(0);
});

test('a document whose dead operation nobody can settle is busy, not waited for without end', async () => {
  await abandoned(local.project, 1);
  local.world.clock.advance(MINUTES);
  const { graph } = local.world;
  const fence: typeof graph.fence = async () => {
    throw new FencedError('someone else is at it');
  };
  const write = aWrite(local.project, '0.md', ['one']);

  await expect(writeDocument({ ...local.world, graph: { ...graph, fence } }, write)).rejects.toMatchObject({
    code: 'document_busy',
  });
  expect(await writeDocument(local.world, write)).toMatchObject({ version: 2 });
});

test('settling stops in time, and the next minute goes on', async () => {
  await abandoned(local.project, 3);
  local.world.clock.advance(MINUTES);
  let calls = 0;

  const first = await settleWrites(local.world, () => (calls++ < 2 ? MINUTES : 1_000));
  const second = await settleWrites(local.world, PLENTY);

  expect([first.settled.length, second.settled.length]).toEqual([2, 1]);
});

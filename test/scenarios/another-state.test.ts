import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { chunkId } from '../../shared/domain/chunk.ts';
import { UnavailableError } from '../../shared/errors.ts';
import { removeDocument } from '../../shared/operations/put-document.ts';
import { registerProject } from '../../shared/operations/register-project.ts';
import { writeDocument } from '../../shared/operations/write-document.ts';
import { damageTo } from '../support/damage.ts';
import { aWrite } from '../support/documents.ts';
import { driftsOf, EAGER, scanThrough } from '../support/drive.ts';
import { badlyEnded, eventsOfDocument } from '../support/history.ts';
import { guarded } from '../support/mortal.ts';
import { textsOf } from '../support/stores.ts';
import { type LocalWorld, localWorld } from '../support/world.ts';

const PATH = 'a.md';

let local: LocalWorld;
beforeEach(async () => {
  local = await localWorld();
  for (const text of ['one', 'two', 'three', 'four']) await write(local, [text]);
});
afterEach(() => local.stop());

const write = ({ world, project }: LocalWorld, texts: string[]) =>
  writeDocument(world, aWrite(project, PATH, texts));

const adopt = ({ world, project }: LocalWorld) =>
  registerProject(world, { project, correlation_id: randomUUID(), adopt: true, read_only: false });

/** The same stores, under a State and a history that know nothing of them. */
const underAnotherState = async (run: (other: LocalWorld) => Promise<void>) => {
  const fresh = await localWorld();
  const { graph, vectors } = local.world;
  const other = { ...local, world: { ...fresh.world, graph, vectors } };
  try {
    await adopt(other);
    await run(other);
  } finally {
    await fresh.stop();
  }
};

const raiseFile = async (version: number) => {
  const statement =
    'MATCH (f:File) WHERE f.project = $project AND f.file_path = $path SET f.version = $version';
  await local.cypher.write((run) => run(statement, { project: local.project, path: PATH, version }));
};

test('a document that another State has written can be written at once, under a later version', () =>
  underAnotherState(async (other) => {
    const { version } = await write(other, ['five']);

    expect(version).toBeGreaterThan(4);
    expect(await textsOf(other.world, other.project, PATH)).toEqual(['five']);
    expect(await badlyEnded(other, PATH)).toEqual([]);
    expect((await write(other, ['six'])).version).toBe(version + 1);
    await removeDocument(other.world, {
      project: other.project,
      file_path: PATH,
      correlation_id: randomUUID(),
    });
    expect(await textsOf(other.world, other.project, PATH)).toEqual([]);
  }));

test('a repair of what another State has written takes its second attempt', () =>
  underAnotherState(async (other) => {
    const { world, project } = other;
    await world.projects.changeSettings(project, { ...EAGER, unknown_chunks: 'copy' });
    await writeDocument(world, aWrite(project, 'b.md', ['so that no side is empty']));
    const id = chunkId(project, PATH, 0);
    await damageTo(other).deleteNodes([id]);

    const first = await scanThrough(other, 'fingerprints');
    expect(first.rows).toMatchObject([{ chunk_id: id, outcome: 'failed' }]);
    expect((await world.documents.head(project, PATH))?.open).toBeUndefined();
    world.clock.advance(300_000);
    await scanThrough(other, 'fingerprints');

    expect((await driftsOf(other)).get(id)).toMatchObject({ status: 'repaired' });
    expect(await textsOf(world, project, PATH)).toEqual(['four']);
  }));

test('a project whose State was lost is written on where its history ends, and no old version is told anew', async () => {
  const { world, project } = local;
  const before = await eventsOfDocument(local, PATH);
  await world.documents.drop(project);
  await world.projects.drop(project);
  await adopt(local);

  const { version } = await write(local, ['five']);

  const events = await eventsOfDocument(local, PATH);
  expect(version).toBe(5);
  expect(await textsOf(world, project, PATH)).toEqual(['five']);
  expect(events.slice(0, before.length)).toEqual(before);
  expect(events.slice(before.length).map((event) => event.version)).toEqual([5, 5, 5, 5]);
});

test('a write that is given up after the graph was altered to a later version is still rolled back', async () => {
  const { world, project } = local;
  const vectors = guarded(world.vectors, async (act, method) => {
    if (method !== 'apply') return act();
    await raiseFile(1_000);
    throw new UnavailableError('vectors', 'network', 'down');
  });

  const failure = await write({ ...local, world: { ...world, vectors } }, ['five']).catch((error) => error);

  expect(failure).toMatchObject({ code: 'unavailable' });
  expect(await textsOf(world, project, PATH)).toEqual(['four']);
  expect(await world.documents.head(project, PATH)).toMatchObject({ head: 1_001 });
  expect(await badlyEnded(local, PATH)).toEqual([]);
  expect((await write(local, ['five'])).version).toBe(1_002);
});

test.each([
  ['that it may once have', 1_000, 1_001],
  ['that no document ever has', 2 ** 52, 5],
])('a version %s on the graph holds no writer up', async (_, altered, next) => {
  await raiseFile(altered);

  const { version } = await write(local, ['five']);

  expect(version).toBe(next);
  expect(await textsOf(local.world, local.project, PATH)).toEqual(['five']);
  expect((await local.world.documents.head(local.project, PATH))?.open).toBeUndefined();
});

import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readEnvelope } from '../../functions/envelope.ts';
import { chunkId } from '../../shared/domain/chunk.ts';
import { driveScans } from '../../shared/operations/drive-scans.ts';
import { writeDocument } from '../../shared/operations/write-document.ts';
import { damageTo } from '../support/damage.ts';
import { aWrite } from '../support/documents.ts';
import { deliverAll, driftsOf, EAGER, scanThrough } from '../support/drive.ts';
import { type LocalWorld, localWorld } from '../support/world.ts';

const PATH = 'a.md';
const TEXTS = Array.from({ length: 20 }, (_, i) => `text ${i}`);
const MINUTES = 6 * 60_000;

let local: LocalWorld;
beforeEach(async () => {
  local = await localWorld();
  await writeDocument(local.world, aWrite(local.project, PATH, TEXTS));
  await local.world.projects.changeSettings(local.project, EAGER);
});
afterEach(() => local.stop());

const odd: [string, { chunk_id: string; file_path: string }][] = [
  ['an empty id', { chunk_id: '', file_path: PATH }],
  ['an id that is no UUID', { chunk_id: 'not-a-uuid', file_path: PATH }],
  ['an id of 2,000 letters', { chunk_id: 'z'.repeat(2_000), file_path: PATH }],
  ['an empty path', { chunk_id: randomUUID(), file_path: '' }],
  ['a path of 1,500 letters', { chunk_id: randomUUID(), file_path: 'p'.repeat(1_500) }],
  ['a path of 3,000 letters', { chunk_id: randomUUID(), file_path: 'p'.repeat(3_000) }],
  ['a path of a million letters', { chunk_id: randomUUID(), file_path: 'p'.repeat(1_000_000) }],
];

test.each(odd)('a node with %s is told of, and stops no scan and no repair', async (_, names) => {
  const { world, project } = local;
  const lost = chunkId(project, PATH, 3);
  await damageTo(local).createNode({ project, content: 'odd', ...names });
  await damageTo(local).deletePoints([lost]);

  const { scan, rows } = await scanThrough(local, 'content');
  world.clock.advance(MINUTES);
  await driveScans(world, project);
  await deliverAll(local);

  expect(scan).toMatchObject({
    status: 'completed',
    sums: { drifts: { malformed: 1, missing_in_qdrant: 1 } },
  });
  expect(rows.find(({ chunk_id }) => chunk_id === lost)?.outcome).toBe('repaired');
  expect((await world.repairs.list(project, { limit: 5 })).items).toMatchObject([{ status: 'completed' }]);
  const item = (await driftsOf(local)).get(names.chunk_id);
  expect(item).toMatchObject({ type: 'malformed', status: 'open', reason: 'malformed' });
  expect(names.file_path.startsWith((item?.file_path ?? '').replace('…', ''))).toBe(true);
  expect((await world.drifts.get(project, [names.chunk_id])).get(names.chunk_id)).toEqual(item);
});

test('what is odd in a document is left out of its doorbells, which a worker must be able to read', async () => {
  const { project } = local;
  const lost = [3, 4].map((index) => chunkId(project, PATH, index));
  await damageTo(local).createNode({ project, content: 'odd', chunk_id: 'not-a-uuid', file_path: PATH });
  await damageTo(local).deletePoints(lost);
  const { world: rung, bells } = overheard(local);

  const { rows } = await scanThrough({ ...local, world: rung }, 'fingerprints');

  expect(bells).not.toEqual([]);
  for (const detail of bells) expect(readEnvelope({ detail })).toEqual(detail);
  expect(rows.map(({ chunk_id, outcome }) => [chunk_id, outcome]).sort()).toEqual(
    lost.map((id) => [id, 'repaired']).sort(),
  );
});

/** The same world, with all that is said on its bus. */
const overheard = ({ world }: LocalWorld) => {
  const bells: unknown[] = [];
  const publish: typeof world.bus.publish = async (envelopes) => {
    bells.push(...envelopes);
    await world.bus.publish(envelopes);
  };
  return { world: { ...world, bus: { ...world.bus, publish } }, bells };
};

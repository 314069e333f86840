import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { chunkId } from '../../shared/domain/chunk.ts';
import { queryDocument } from '../../shared/operations/query-documents.ts';
import { writeDocument } from '../../shared/operations/write-document.ts';
import { damageTo } from '../support/damage.ts';
import { aWrite } from '../support/documents.ts';
import { failing } from '../support/failing.ts';
import { type LocalWorld, localWorld } from '../support/world.ts';

const PATH = 'a.md';

let local: LocalWorld;
beforeEach(async () => {
  local = await localWorld();
  await write(['one', 'two']);
});
afterEach(() => local.stop());

const write = async (texts: string[], world = local.world) => {
  await writeDocument(world, aWrite(local.project, PATH, texts)).catch((error) => {
    if (world === local.world) throw error;
  });
  local.world.clock.advance(1_000);
};

const now = async () => {
  const { world, project } = local;
  const at = new Date(world.clock.now()).toISOString();
  return {
    now: await queryDocument(world, project, PATH),
    asOf: await queryDocument(world, project, PATH, at),
  };
};

describe('a document as of now is the document', () => {
  test('after a write that changed nothing but brought a lost point back', async () => {
    await damageTo(local).deletePoints([chunkId(local.project, PATH, 1)]);
    await write(['one', 'two']);

    const { now: is, asOf } = await now();

    expect(asOf.version).toBe(is.version);
  });

  test('after a write that was rolled back, down to the version of every chunk', async () => {
    await write(['one', 'changed'], failing(local.world, { port: 'vectors', methods: ['apply'] }).world);

    const { now: is, asOf } = await now();

    expect(asOf.version).toBe(is.version);
    const placed = ({ chunks }: typeof is) => chunks.map(({ chunk_id, version }) => [chunk_id, version]);
    expect(placed(asOf)).toEqual(placed(is));
  });
});

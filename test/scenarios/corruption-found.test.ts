import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { contentHash } from '../../shared/domain/chunk.ts';
import { writeDocument } from '../../shared/operations/write-document.ts';
import { damageTo } from '../support/damage.ts';
import { aWrite, targetsOf } from '../support/documents.ts';
import { driftsOf, EAGER, scanThrough } from '../support/drive.ts';
import { everything, textsOf } from '../support/stores.ts';
import { type LocalWorld, localWorld } from '../support/world.ts';

const PATH = 'docs/story.md';
const TEXTS = Array.from({ length: 12 }, (_, index) => `Paragraph number ${index} of the story.`);

let local: LocalWorld;
let ids: string[];
beforeEach(async () => {
  local = await localWorld();
  await writeDocument(local.world, aWrite(local.project, PATH, TEXTS));
  await local.world.projects.changeSettings(local.project, EAGER);
  ids = targetsOf(local.project, PATH, TEXTS).map(({ chunk }) => chunk.chunk_id);
});
afterEach(() => local.stop());

const id = (index: number) => ids[index] ?? '';
const texts = () => textsOf(local.world, local.project, PATH);

describe('corruption is found and mended', () => {
  test('a scan of sound stores finds nothing and changes nothing', async () => {
    const before = await everything(local.world.vectors, local.project);

    const { scan } = await scanThrough(local, 'vectors');

    expect(scan).toMatchObject({ status: 'completed', drift_percentage: 0, released: true });
    expect(scan.sums).toMatchObject({ distinct: 12, graph: 12, vectors: 12, drifts: {} });
    expect(await everything(local.world.vectors, local.project)).toEqual(before);
  });

  test.each([
    {
      what: 'a deleted point',
      type: 'missing_in_qdrant',
      cause: 'ghost_delete',
      action: 'copy_to_qdrant',
      inflict: () => damageTo(local).deletePoints([id(3)]),
    },
    {
      what: 'a deleted node',
      type: 'missing_in_neo4j',
      cause: 'ghost_delete',
      action: 'copy_to_neo4j',
      inflict: () => damageTo(local).deleteNodes([id(3)]),
    },
    {
      what: 'a text altered in Neo4j beside its old hash',
      type: 'content_mismatch',
      cause: 'altered',
      action: 'reconcile_content',
      inflict: () => damageTo(local).setNode(id(3), { content: 'changed' }),
    },
    {
      what: 'a text altered in Qdrant with its hash',
      type: 'content_mismatch',
      cause: 'altered',
      action: 'reconcile_content',
      inflict: () =>
        damageTo(local).setPayload(id(3), { content: 'changed', content_hash: contentHash('changed') }),
    },
    {
      what: 'a line number altered',
      type: 'metadata_mismatch',
      cause: 'altered',
      action: 'reconcile_metadata',
      inflict: () => damageTo(local).setPayload(id(3), { start_line: 99 }),
    },
    {
      what: 'a vector set to zero',
      type: 'invalid_vector',
      cause: 'altered',
      action: 'reconcile_content',
      inflict: () => damageTo(local).setVector(id(3), new Array(384).fill(0)),
    },
    {
      what: 'a vector of another text',
      type: 'stale_embedding',
      cause: 'altered',
      action: 'reconcile_content',
      inflict: async () => {
        await local.world.projects.changeSettings(local.project, { vector_sample_percent: 100 });
        await damageTo(local).setVector(
          id(3),
          (await local.world.embedder.embed(['something else entirely']))[0] ?? [],
        );
      },
    },
  ])('$what', async ({ type, cause, action, inflict }) => {
    const before = await everything(local.world.vectors, local.project);
    await inflict();

    const { scan, rows } = await scanThrough(local, 'vectors', 2);

    expect(scan.sums.drifts).toEqual({ [type]: 1 });
    expect([...(await driftsOf(local)).values()]).toMatchObject([
      { chunk_id: id(3), type, cause, action, status: 'repaired' },
    ]);
    expect(rows.filter(({ outcome }) => outcome === 'repaired')).toEqual([
      { chunk_id: id(3), outcome: 'repaired', action },
    ]);
    expect(await texts()).toEqual(TEXTS);
    const after = await everything(local.world.vectors, local.project);
    const changed = [...after.keys()].filter(
      (key) => JSON.stringify(after.get(key)) !== JSON.stringify(before.get(key)),
    );
    expect(changed.filter((key) => key !== id(3))).toEqual([]);
    expect((await scanThrough(local, 'vectors')).scan.sums.drifts).toEqual({});
  });

  test('a point of a deleted document that came back is removed, and kept in quarantine', async () => {
    const other = 'docs/obsolete.md';
    await writeDocument(local.world, aWrite(local.project, other, ['once upon a time']));
    const [gone] = targetsOf(local.project, other, ['once upon a time']).map(({ chunk }) => chunk.chunk_id);
    const point = (await local.world.vectors.read(local.project, [gone ?? ''], { vectors: true })).get(
      gone ?? '',
    );
    await writeDocument(local.world, aWrite(local.project, other, []));
    const { vector, ...payload } = point ?? {};
    await damageTo(local).upsertPoint(gone ?? '', payload, (vector as number[]) ?? []);

    const { scan } = await scanThrough(local, 'fingerprints');

    expect(scan.sums.drifts).toEqual({ deleted_but_present: 1 });
    expect((await everything(local.world.vectors, local.project)).has(gone ?? '')).toBe(false);
    expect(await local.world.quarantine.holds(local.project, [gone ?? ''])).toEqual(new Set([gone]));
  });

  test('a text altered alike on both sides waits for a person', async () => {
    await damageTo(local).setNode(id(5), { content: 'both', content_hash: contentHash('both') });
    await damageTo(local).setPayload(id(5), {
      content: 'both',
      content_hash: contentHash('both'),
      embedded_hash: contentHash('both'),
    });

    const { scan, rows } = await scanThrough(local, 'content');

    expect(scan.sums.drifts).toEqual({ content_mismatch: 1 });
    expect(rows).toMatchObject([{ chunk_id: id(5), outcome: 'skipped', reason: 'both_altered' }]);
    expect((await driftsOf(local)).get(id(5))).toMatchObject({ status: 'open', reason: 'both_altered' });
  });

  test('a chunk lost on both sides is reported, since nothing is left to copy', async () => {
    await damageTo(local).deleteNodes([id(5)]);
    await damageTo(local).deletePoints([id(5)]);

    const { scan, rows } = await scanThrough(local, 'content');

    expect(scan.sums.drifts).toEqual({ missing_in_both: 1 });
    expect(rows).toMatchObject([{ chunk_id: id(5), reason: 'content_lost' }]);
  });

  test('a chunk that only others know is copied to the other side, and never deleted', async () => {
    const foreign = '11111111-2222-4333-8444-555555555555';
    const payload = {
      project: local.project,
      chunk_id: foreign,
      content: 'theirs',
      file_path: 'their.md',
      chunk_index: 0,
    };
    await damageTo(local).upsertPoint(
      foreign,
      payload,
      (await local.world.embedder.embed(['theirs']))[0] ?? [],
    );

    const { scan } = await scanThrough(local, 'fingerprints');

    expect(scan.sums.drifts).toEqual({ missing_in_neo4j: 1 });
    const node = (await everything(local.world.graph, local.project)).get(foreign);
    expect(node).toMatchObject({ content: 'theirs', file_path: 'their.md' });
    expect((await scanThrough(local, 'content')).scan.sums.drifts).toEqual({});
  });
});

import { expect, it } from 'vitest';
import { ALL_IDS } from '../../shared/domain/chunk.ts';
import {
  aChunk,
  aGuard,
  asStored,
  by,
  chunksOf,
  embeddingOf,
  isSameDirection,
  put,
  readOne,
  remove,
} from './chunk-store-builders.ts';
import { pointOf, type UnderVectors, type VectorStoreUnderTest } from './vector-store-builders.ts';

export const foreignContract = (under: UnderVectors) => {
  it('survives a put: payload keys and named vectors', async () => {
    const { store, project, qdrant, collection } = under();
    const { id, name } = await adopted(under());
    const guard = aGuard(project);
    const chunk = aChunk({ chunk_id: id });

    expect(await store.apply(guard, [put(chunk, by(null))])).toEqual({ applied: [id], refused: [] });

    const point = await pointOf(qdrant, collection, id);
    expect(point?.payload).toMatchObject({ their_note: 'keep me', content: chunk.content });
    expect(point?.vector).toMatchObject({ picture: [0, 1] });
    expect((point?.vector as Record<string, unknown> | undefined)?.[name]).toHaveLength(4);
    const stored = await readOne(store, project, id);
    expect(isSameDirection(stored?.vector, embeddingOf(chunk.content).vector)).toBe(true);
  });

  it('comes back whole with an image', async () => {
    const { store, project, qdrant, collection } = under();
    const { id } = await adopted(under());
    const before = await pointOf(qdrant, collection, id);
    const [first, second] = [aGuard(project, { file_path: 'theirs.md' }), aGuard(project, { version: 5 })];
    const images = JSON.parse(JSON.stringify(await store.images(project.project, [id])));
    await store.apply(first, [remove(id, by(null))]);
    expect(await store.count(project.project)).toBe(0);

    expect(await store.restore(second, images, null)).toEqual({ applied: [id], refused: [] });

    const after = await pointOf(qdrant, collection, id);
    expect(after?.vector).toEqual(before?.vector);
    expect(after?.payload).toEqual({ ...before?.payload, write_id: second.op_id, version: 5 });
  });

  it('comes out of no page and no count under an integer id', async () => {
    const { store, project, qdrant, collection, layout } = under();
    const { vector: name } = layout.vectors;
    const vector = name ? { [name]: [1, 0, 0, 0] } : [1, 0, 0, 0];
    const guard = aGuard(project);
    const chunk = aChunk();
    await store.apply(guard, [put(chunk)]);
    await qdrant.upsert(collection, {
      points: [1, 2, 3].map((id) => ({ id, vector, payload: {} })),
      wait: true,
    });

    const { ids, next } = await store.fingerprints(project.project, ALL_IDS, undefined, 1);
    const { chunks } = await store.contents(project.project, ALL_IDS, undefined, 10);

    expect([ids, next]).toEqual([[chunk.chunk_id], undefined]);
    expect(chunks).toMatchObject([asStored(chunk, guard)]);
    expect(await store.count(project.project)).toBe(1);
  });

  it('may take an id away under a scan: the page behind it is cut where it is full, and none is lost', async () => {
    const { store, project, qdrant, collection } = under();
    const ids = chunksOf(6).map(({ chunk_id }) => chunk_id);
    await store.apply(
      aGuard(project),
      ids.map((chunk_id) => put(aChunk({ chunk_id }))),
    );
    await qdrant.delete(collection, { points: ids.slice(2, 3), wait: true });

    const page = await store.fingerprints(project.project, ALL_IDS, ids[2], 2);
    const rest = await store.fingerprints(project.project, ALL_IDS, page.next, 2);

    expect([page.ids, page.next]).toEqual([ids.slice(3, 5), ids[4]]);
    expect([rest.ids, rest.next]).toEqual([ids.slice(5), undefined]);
  });

  it('keeps its indexes, whatever their type', async () => {
    const { qdrant, collection } = under();
    await adopted(under());

    const { payload_schema } = await qdrant.getCollection(collection);

    expect(payload_schema.version?.data_type).toBe('float');
    expect(payload_schema.write_id?.data_type).toBe('keyword');
  });

  it('is no reason to refuse a whole read: ids that are no UUIDs are just not there', async () => {
    const { store, project } = under();
    const chunk = aChunk();
    await store.apply(aGuard(project), [put(chunk)]);
    const odd = ['', 'chunk-7', '17', chunk.chunk_id.toUpperCase(), chunk.chunk_id.replaceAll('-', '')];

    const found = await store.read(project.project, [...odd, chunk.chunk_id]);

    expect([...found.keys()]).toEqual([chunk.chunk_id]);
    expect(await store.images(project.project, odd)).toEqual([]);
  });
};

/** The collection made anew as others make them, with a vector beside ours, an index and one point that we never wrote. */
const adopted = async ({ store, project, qdrant, collection, layout }: VectorStoreUnderTest) => {
  const { vector: name } = layout.vectors;
  const { chunk_id: id } = aChunk();
  await store.drop(project.project);
  await qdrant.createCollection(collection, {
    vectors: { [name]: { size: 4, distance: 'Cosine' }, picture: { size: 2, distance: 'Cosine' } },
  });
  await qdrant.createPayloadIndex(collection, { field_name: 'version', field_schema: 'float', wait: true });
  await store.register(project);
  const payload = { their_note: 'keep me', content: 'theirs', file_path: 'theirs.md' };
  const vector = { [name]: [1, 0, 0, 0], picture: [0, 1] };
  await qdrant.upsert(collection, { points: [{ id, vector, payload }], wait: true });
  return { id, name };
};

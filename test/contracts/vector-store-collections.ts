import { expect, it } from 'vitest';
import { ALL_IDS } from '../../shared/domain/chunk.ts';
import { ConflictError, UnavailableError } from '../../shared/errors.ts';
import { aChunk, aGuard, embeddingOf, given, put } from './chunk-store-builders.ts';
import { newId, type UnderVectors } from './vector-store-builders.ts';

const UNREADABLE = { name: 'UnavailableError', dependency: 'vectors', kind: 'identity' };

export const collectionsContract = (under: UnderVectors) => {
  it('declare their dimension', async () => {
    const { store, project } = under();

    expect(await store.dimension(project.project)).toBe(4);
    expect(await store.dimension(`${project.project}-other`)).toBeUndefined();
  });

  it('of another dimension are refused', async () => {
    const { store, project } = under();

    const registering = store.register({ ...project, dimension: 8 });

    await expect(registering).rejects.toBeInstanceOf(ConflictError);
    await expect(registering).rejects.toMatchObject({ code: 'dimension_mismatch' });
  });

  it('are never empty where they are missing', async () => {
    const { store, project } = under();
    const { project: name } = project;
    await store.drop(name);

    await expect(store.fingerprints(name, ALL_IDS, undefined, 10)).rejects.toMatchObject(UNREADABLE);
    await expect(store.contents(name, ALL_IDS, undefined, 10)).rejects.toMatchObject(UNREADABLE);
    await expect(store.count(name)).rejects.toMatchObject(UNREADABLE);
    await expect(store.countByBucket(name)).rejects.toMatchObject(UNREADABLE);
    await expect(store.read(name, [newId()])).rejects.toMatchObject(UNREADABLE);
    await expect(store.images(name, [newId()])).rejects.toMatchObject(UNREADABLE);
    await expect(store.apply(aGuard(project), [put(aChunk())])).rejects.toMatchObject(UNREADABLE);
  });

  it('are stamped again without losing what stands in them', async () => {
    const { store, project, qdrant, collection } = under();
    const chunk = aChunk();
    await given(store, aGuard(project), [chunk]);
    await qdrant.updateCollection(collection, { metadata: { theirs: 'keep me' } });

    await store.register({ ...project, identity: 'another identity' });

    expect(await store.identity(project.project)).toBe('another identity');
    expect((await qdrant.getCollection(collection)).config.metadata).toMatchObject({ theirs: 'keep me' });
    expect(await store.count(project.project)).toBe(1);
  });

  it('that are only watched are neither created nor stamped', async () => {
    const { store, project, qdrant, collection } = under();
    await store.drop(project.project);

    await store.register({ ...project, read_only: true });

    expect((await qdrant.collectionExists(collection)).exists).toBe(false);
  });

  it('are indexed by whatever conditions and facets go by', async () => {
    const { qdrant, collection } = under();

    const { payload_schema } = await qdrant.getCollection(collection);

    expect(payload_schema).toMatchObject({
      bucket: { data_type: 'integer' },
      version: { data_type: 'integer' },
      write_id: { data_type: 'keyword' },
      file_path: { data_type: 'keyword' },
    });
  });

  it('without an index by bucket are counted all the same', async () => {
    const { store, project, qdrant, collection, layout } = under();
    const { vector } = layout.vectors;
    const params = { size: 4, distance: 'Cosine' } as const;
    await store.drop(project.project);
    await qdrant.createCollection(collection, { vectors: vector ? { [vector]: params } : params });
    await given(store, aGuard(project), [aChunk({ chunk_id: `ab${newId().slice(2)}` })]);

    const counts = await store.countByBucket(project.project);

    expect(counts).toHaveLength(256);
    expect(counts[0xab]).toBe(1);
    expect(counts.reduce((a, b) => a + b)).toBe(1);
  });

  it('refuse a vector of another dimension, and hold nothing of it', async () => {
    const { store, project } = under();
    const chunk = aChunk();
    const embedding = { ...embeddingOf(chunk.content), vector: [1, 2, 3] };

    const applying = store.apply(aGuard(project), [{ ...put(chunk), embedding } as ReturnType<typeof put>]);

    await expect(applying).rejects.toBeInstanceOf(UnavailableError);
    await expect(applying).rejects.toMatchObject({ kind: 'refused' });
    expect(await store.count(project.project)).toBe(0);
  });
};

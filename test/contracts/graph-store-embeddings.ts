import { expect, it } from 'vitest';
import type { Change, Guard } from '../../shared/ports.ts';
import { aChunk, aGuard, by, embeddingOf, place, put, readOne } from './chunk-store-builders.ts';
import type { UnderGraph } from './graph-store.ts';

const NONE = { embedding_model: null, embedded_hash: null };

export const embeddingsContract = (under: UnderGraph) => {
  it('are kept on the node only where it is asked for', async () => {
    const { store, project } = under();
    const [kept, plain] = [aChunk(), aChunk()];
    const { vector, ...provenance } = embeddingOf(kept.content);

    await store.apply(aGuard(project), [put(kept, undefined, true), put(plain)]);

    const stored = await readOne(store, project, kept.chunk_id);
    expect(stored).toMatchObject(provenance);
    expect(stored?.vector).toEqual(vector);
    expect(await readOne(store, project, plain.chunk_id)).toMatchObject(NONE);
    expect(await readOne(store, project, plain.chunk_id)).not.toHaveProperty('vector');
  });

  it('keep whole numbers among others', async () => {
    const { store, project } = under();
    const chunk = aChunk();
    const embedding = {
      vector: [1, 0, 0.5, -1],
      embedding_model: 'caller',
      embedded_hash: chunk.content_hash,
    };

    await store.apply(aGuard(project), [{ ...put(chunk), embedding, keep_embedding: true } as Change]);

    expect((await readOne(store, project, chunk.chunk_id))?.vector).toEqual([1, 0, 0.5, -1]);
  });

  it('go when their text goes', async () => {
    const { store, project } = under();
    const [first, second] = [aGuard(project), aGuard(project, { version: 2 })];
    const chunk = aChunk();
    await store.apply(first, [put(chunk, undefined, true)]);

    await store.apply(second, [put(aChunk({ chunk_id: chunk.chunk_id, version: 2 }), by(first.op_id))]);

    const stored = await readOne(store, project, chunk.chunk_id);
    expect(stored).toMatchObject(NONE);
    expect(stored).not.toHaveProperty('vector');
  });

  it('stay while their text stays, or only its place changes', async () => {
    const { store, project } = under();
    const guards = [1, 2, 3].map((version) => aGuard(project, { version }));
    const [first, second, third] = guards as [Guard, Guard, Guard];
    const chunk = aChunk();
    await store.apply(first, [put(chunk, undefined, true)]);

    await store.apply(second, [put(chunk, by(first.op_id))]);
    await store.apply(third, [place({ ...chunk, start_line: 8, end_line: 9 }, by(second.op_id))]);

    const stored = await readOne(store, project, chunk.chunk_id);
    expect(stored).toMatchObject({ start_line: 8, embedded_hash: chunk.content_hash });
    expect(stored?.vector).toEqual(embeddingOf(chunk.content).vector);
  });

  it('of others go with the text that they were made from', async () => {
    const { store, project, damage, raw } = under();
    const [same, changed] = [aChunk({ content: 'same' }), aChunk({ content: 'new' })];
    const theirs = { file_path: 'docs/a.md', embedding: [0.5, 0.25] };
    await damage(same.chunk_id, { ...theirs, content: 'same' });
    await damage(changed.chunk_id, { ...theirs, content: 'old' });

    await store.apply(aGuard(project), [put(same, by(null)), put(changed, by(null))]);

    expect(await raw(same.chunk_id)).toHaveProperty('embedding', [0.5, 0.25]);
    expect(await raw(changed.chunk_id)).not.toHaveProperty('embedding');
  });

  it('come back with a restored text', async () => {
    const { store, project } = under();
    const [first, second] = [aGuard(project), aGuard(project, { version: 2 })];
    const chunk = aChunk();
    await store.apply(first, [put(chunk, undefined, true)]);
    const images = await store.images(project.project, [chunk.chunk_id]);
    await store.apply(second, [put(aChunk({ chunk_id: chunk.chunk_id }), by(first.op_id))]);

    await store.restore(aGuard(project, { version: 3 }), images, second.op_id);

    const stored = await readOne(store, project, chunk.chunk_id);
    expect(stored).toMatchObject({ content: chunk.content, embedded_hash: chunk.content_hash });
    expect(stored?.vector).toEqual(embeddingOf(chunk.content).vector);
  });
};

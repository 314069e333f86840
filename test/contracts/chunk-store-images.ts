import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { Guard } from '../../shared/ports.ts';
import type { Under } from './chunk-store.ts';
import {
  aChunk,
  aGuard,
  asStored,
  by,
  embeddingOf,
  given,
  isSameDirection,
  put,
  readOne,
  remove,
} from './chunk-store-builders.ts';

/** An image as it comes back from where it was kept. */
const kept = <T>(images: T): T => JSON.parse(JSON.stringify(images)) as T;

export const imagesContract = (under: Under) => {
  it('bring back whole what was removed', async () => {
    const { store, project, damage, raw } = under();
    const [first, second, third] = [1, 2, 3].map((version) => aGuard(project, { version })) as [
      Guard,
      Guard,
      Guard,
    ];
    const chunk = aChunk();
    await given(store, first, [chunk]);
    await damage(chunk.chunk_id, { their_note: 'keep me', their_tags: ['a', 'b'], their_score: 0.5 });
    const images = kept(await store.images(project.project, [chunk.chunk_id, randomUUID()]));
    await store.apply(second, [remove(chunk.chunk_id, by(first.op_id))]);

    expect(await store.restore(third, images, second.op_id)).toEqual({
      applied: [chunk.chunk_id],
      refused: [],
    });

    expect(images).toMatchObject([{ side: store.side, chunk_id: chunk.chunk_id }]);
    const stored = await readOne(store, project, chunk.chunk_id);
    expect(stored).toMatchObject(asStored({ ...chunk, version: 3 }, third));
    expect(await raw(chunk.chunk_id)).toMatchObject({
      their_note: 'keep me',
      their_tags: ['a', 'b'],
      their_score: 0.5,
    });
    if (store.side === 'vectors') {
      expect(isSameDirection(stored?.vector, embeddingOf(chunk.content).vector)).toBe(true);
      expect(stored?.embedded_hash).toBe(chunk.content_hash);
    }
  });

  it('give what was overwritten its text back, and leave alone what is not ours', async () => {
    const { store, project, damage, raw } = under();
    const [first, second] = [aGuard(project), aGuard(project, { version: 2 })];
    const undo = aGuard(project, { version: 3, op_id: `${second.op_id}:undo` });
    const chunk = aChunk();
    await given(store, first, [chunk]);
    const images = kept(await store.images(project.project, [chunk.chunk_id]));
    await store.apply(second, [put(aChunk({ chunk_id: chunk.chunk_id, version: 2 }), by(first.op_id))]);
    await damage(chunk.chunk_id, { their_note: 'written since' });

    expect(await store.restore(undo, images, second.op_id)).toEqual({
      applied: [chunk.chunk_id],
      refused: [],
    });

    const stored = await readOne(store, project, chunk.chunk_id);
    expect(stored).toMatchObject(asStored({ ...chunk, version: 3 }, undo));
    expect(await raw(chunk.chunk_id)).toMatchObject({ their_note: 'written since' });
    if (store.side === 'vectors')
      expect(isSameDirection(stored?.vector, embeddingOf(chunk.content).vector)).toBe(true);
  });

  it('restored twice are as restored once', async () => {
    const { store, project } = under();
    const [first, second] = [aGuard(project), aGuard(project, { version: 2 })];
    const undo = aGuard(project, { version: 3 });
    const [gone, changed] = [aChunk(), aChunk({ chunk_index: 1 })];
    const ids = [gone.chunk_id, changed.chunk_id];
    await given(store, first, [gone, changed]);
    const images = kept(await store.images(project.project, ids));
    await store.apply(second, [
      remove(gone.chunk_id, by(first.op_id)),
      put(aChunk({ chunk_id: changed.chunk_id, version: 2 }), by(first.op_id)),
    ]);

    await store.restore(undo, images, second.op_id);
    const once = await store.read(project.project, ids, { vectors: true });
    const { applied, refused } = await store.restore(undo, images, second.op_id);

    expect(applied.toSorted()).toEqual(ids.toSorted());
    expect(refused).toEqual([]);
    expect(await store.read(project.project, ids, { vectors: true })).toEqual(once);
  });

  it('leave alone what someone else has written since', async () => {
    const { store, project, damage } = under();
    const [first, second] = [aGuard(project), aGuard(project, { version: 2 })];
    const chunk = aChunk();
    await given(store, first, [chunk]);
    const images = kept(await store.images(project.project, [chunk.chunk_id]));
    await store.apply(second, [put(aChunk({ chunk_id: chunk.chunk_id, version: 2 }), by(first.op_id))]);
    await damage(chunk.chunk_id, { write_id: 'someone else' });
    const before = await readOne(store, project, chunk.chunk_id);

    expect(await store.restore(aGuard(project, { version: 3 }), images, second.op_id)).toEqual({
      applied: [],
      refused: [chunk.chunk_id],
    });

    expect(await readOne(store, project, chunk.chunk_id)).toEqual(before);
  });

  it('that are none do no harm', async () => {
    const { store, project } = under();

    expect(await store.images(project.project, [])).toEqual([]);
    expect(await store.restore(aGuard(project), [], null)).toEqual({ applied: [], refused: [] });
  });
};

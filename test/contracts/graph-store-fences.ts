import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Chunk } from '../../shared/domain/chunk.ts';
import { FencedError } from '../../shared/errors.ts';
import type { Guard } from '../../shared/ports.ts';
import { aChunk, aGuard, asStored, by, chunksOf, given, put, readOne } from './chunk-store-builders.ts';
import type { GraphStoreUnderTest, UnderGraph } from './graph-store.ts';

const fileOf = async ({ client, project }: GraphStoreUnderTest) => {
  const [row] = await client.run(
    `MATCH (f:File {project: $project, file_path: 'docs/a.md'})
RETURN f.version AS version, f.write_id AS write_id, f.op AS op`,
    { project: project.project },
  );
  return row;
};

/** Writes the document as an operation does: looks, then puts over what it saw, until it is in or fenced out. */
const writeThrough = async ({ store, project }: GraphStoreUnderTest, guard: Guard, chunks: Chunk[]) => {
  const ids = chunks.map(({ chunk_id }) => chunk_id);
  for (let tries = 0; tries < 50; tries++) {
    const seen = await store.read(project.project, ids);
    const changes = chunks.map((chunk) => {
      const stored = seen.get(chunk.chunk_id);
      return put({ ...chunk, version: guard.version }, stored ? by(stored.write_id) : undefined);
    });
    const { refused } = await store.apply(guard, changes);
    if (refused.length === 0) return;
  }
  throw new Error('never got in');
};

const fenceOf = ({ store }: GraphStoreUnderTest, { project, file_path, op_id, version }: Guard) =>
  store.fence(project, file_path, op_id, version);

const ROUNDS = 5;
const WRITERS = 8;

export const fencesContract = (under: UnderGraph) => {
  it('refuse a late writer, who writes nothing', async () => {
    const { store, project } = under();
    const [late, later] = [aGuard(project), aGuard(project, { version: 2 })];
    const [chunk, other] = [aChunk({ version: 2 }), aChunk()];
    await given(store, later, [chunk]);
    const before = await fileOf(under());

    const refused = store.apply(late, [put(other), put(chunk, by(later.op_id))]);

    await expect(refused).rejects.toBeInstanceOf(FencedError);
    await expect(refused).rejects.toMatchObject({ version: 2 });
    expect(await fileOf(under())).toEqual(before);
    expect(await store.count(project.project)).toBe(1);
    expect(await readOne(store, project, chunk.chunk_id)).toMatchObject(asStored(chunk, later));
  });

  it('refuse a late writer even if it has nothing to change', async () => {
    const { store, project } = under();
    await given(store, aGuard(project, { version: 2 }), [aChunk({ version: 2 })]);

    await expect(store.apply(aGuard(project), [])).rejects.toBeInstanceOf(FencedError);
    await expect(store.restore(aGuard(project), [], null)).rejects.toBeInstanceOf(FencedError);
  });

  it('let one of eight concurrent writers of one version win, whole', async () => {
    const { store, project } = under();
    for (let round = 0; round < ROUNDS; round++) {
      const chunks = chunksOf(4);
      const path = { file_path: `docs/${round}.md` };
      const guards = Array.from({ length: WRITERS }, () => aGuard(project, path));
      const mine = chunks.map((chunk) => ({ ...chunk, ...path }));

      const ends = await Promise.allSettled(guards.map((guard) => writeThrough(under(), guard, mine)));

      const won = guards.filter((_, i) => ends[i]?.status === 'fulfilled').map(({ op_id }) => op_id);
      const stored = await store.read(
        project.project,
        mine.map(({ chunk_id }) => chunk_id),
      );
      expect(won).toHaveLength(1);
      expect([...stored.values()].map(({ write_id }) => write_id)).toEqual(mine.map(() => won[0]));
    }
  });

  it('leave the newest of eight concurrent versions standing, whole', async () => {
    const { store, project } = under();
    for (let round = 0; round < ROUNDS; round++) {
      const path = { file_path: `docs/${round}.md` };
      const chunks = chunksOf(4).map((chunk) => ({ ...chunk, ...path }));
      const guards = Array.from({ length: WRITERS }, (_, i) => aGuard(project, { ...path, version: i + 1 }));

      const ends = await Promise.allSettled(guards.map((guard) => writeThrough(under(), guard, chunks)));

      for (const end of ends) if (end.status === 'rejected') expect(end.reason).toBeInstanceOf(FencedError);
      expect(ends.at(-1)?.status).toBe('fulfilled');
      const stored = await store.read(
        project.project,
        chunks.map(({ chunk_id }) => chunk_id),
      );
      const newest = guards.at(-1) as Guard;
      for (const { write_id, version } of stored.values())
        expect({ write_id, version }).toEqual({ write_id: newest.op_id, version: WRITERS });
    }
  });

  it('shut before a commit keep it out for good', async () => {
    const { store, project } = under();
    const guard = aGuard(project);

    expect(await fenceOf(under(), guard)).toBe('fenced');
    expect(await fenceOf(under(), guard)).toBe('fenced');

    await expect(store.apply(guard, [put(aChunk())])).rejects.toBeInstanceOf(FencedError);
    expect(await store.count(project.project)).toBe(0);
    const next = aGuard(project, { version: 2 });
    expect(await store.apply(next, [put(aChunk())])).toMatchObject({ refused: [] });
  });

  it('shut after a commit say so, however often they are asked', async () => {
    const { store, project } = under();
    const guard = aGuard(project);
    const chunk = aChunk();
    await given(store, guard, [chunk]);

    expect(await fenceOf(under(), guard)).toBe('committed');
    expect(await fenceOf(under(), guard)).toBe('committed');
    expect(await fenceOf(under(), { ...guard, version: 2 })).toBe('committed');

    expect(await readOne(store, project, chunk.chunk_id)).toMatchObject(asStored(chunk, guard));
  });

  it('know of a commit from the chunks that a later operation left alone', async () => {
    const { store, project } = under();
    const [first, second] = [aGuard(project), aGuard(project, { version: 2 })];
    const [kept, changed] = [aChunk(), aChunk()];
    await given(store, first, [kept, changed]);
    await store.apply(second, [put(aChunk({ chunk_id: changed.chunk_id }), by(first.op_id))]);

    expect(await fenceOf(under(), first)).toBe('committed');
    expect(await fenceOf(under(), aGuard(project))).toBe('fenced');
    expect(await fileOf(under())).toMatchObject({ version: 2, write_id: second.op_id });
  });

  it('and a commit that race agree on who was first', async () => {
    const { store, project } = under();
    for (let round = 0; round < 10; round++) {
      const guard = aGuard(project, { file_path: `docs/${round}.md` });
      const chunk = aChunk({ file_path: guard.file_path });

      const [write, fence] = await Promise.allSettled([
        store.apply(guard, [put(chunk)]),
        fenceOf(under(), guard),
      ]);

      const isIn = write.status === 'fulfilled';
      expect(fence).toEqual({ status: 'fulfilled', value: isIn ? 'committed' : 'fenced' });
      expect((await readOne(store, project, chunk.chunk_id)) !== undefined).toBe(isIn);
    }
  });

  it('hold back whoever overtakes them without knowing of documents', async () => {
    const { store, client, project } = under();
    const [first, second] = [aGuard(project), aGuard(project, { version: 2 })];
    const chunk = aChunk();
    await given(store, first, [chunk]);
    let entered = () => {};
    const inside = new Promise<void>((resolve) => {
      entered = resolve;
    });

    const outsider = client.write(async (run) => {
      await run(
        `MATCH (c:Chunk {project: $project, chunk_id: $id}) SET c.write_id = 'outsider', c.content = 'theirs'`,
        { project: project.project, id: chunk.chunk_id },
      );
      entered();
      await sleep(200);
    });
    await inside;
    const outcome = await store.apply(second, [put({ ...chunk, content: 'ours' }, by(first.op_id))]);
    await outsider;

    expect(outcome).toEqual({ applied: [], refused: [chunk.chunk_id] });
    expect(await readOne(store, project, chunk.chunk_id)).toMatchObject({ content: 'theirs' });
  });

  it('still let an operation that is fenced out take back what it inserted', async () => {
    const { store, project } = under();
    const [first, second] = [aGuard(project), aGuard(project, { version: 2 })];
    const [mine, theirs] = [aChunk(), aChunk()];
    await given(store, first, [mine]);
    await given(store, second, [theirs]);

    await store.removeInserted(first, [mine.chunk_id, theirs.chunk_id]);

    expect(await readOne(store, project, mine.chunk_id)).toBeUndefined();
    expect(await readOne(store, project, theirs.chunk_id)).toMatchObject(asStored(theirs, second));
    expect(await fileOf(under())).toMatchObject({ version: 2, write_id: second.op_id });
  });

  it('keep an operation out after its rollback', async () => {
    const { store, project } = under();
    const [first, second] = [aGuard(project), aGuard(project, { version: 2 })];
    const chunk = aChunk();
    await given(store, first, [chunk]);
    const images = await store.images(project.project, [chunk.chunk_id]);
    const next = put(aChunk({ chunk_id: chunk.chunk_id, version: 2 }), by(first.op_id));
    await store.apply(second, [next]);

    await store.restore({ ...second, op_id: `${second.op_id}:undo`, version: 3 }, images, second.op_id);

    await expect(store.apply(second, [next])).rejects.toBeInstanceOf(FencedError);
    expect(await readOne(store, project, chunk.chunk_id)).toMatchObject({ content: chunk.content });
  });

  it('are made by no removal of a document that is not there', async () => {
    const { store, project } = under();

    await store.removeInserted(aGuard(project), [randomUUID()]);

    expect(await fileOf(under())).toBeUndefined();
  });
};

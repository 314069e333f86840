import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { neo4jChunks } from '../../shared/adapters/neo4j-chunks.ts';
import { ALL_IDS } from '../../shared/domain/chunk.ts';
import { NATIVE_LAYOUT } from '../../shared/domain/layout.ts';
import { InvalidError } from '../../shared/errors.ts';
import { aChunk, aGuard, asStored, by, given, place, put, readOne } from './chunk-store-builders.ts';
import type { GraphStoreUnderTest } from './graph-store-builders.ts';
import { embeddingsContract } from './graph-store-embeddings.ts';
import { fencesContract } from './graph-store-fences.ts';
import { wholeNodesContract } from './graph-store-whole-nodes.ts';

export type { GraphStoreUnderTest };
export type UnderGraph = () => GraphStoreUnderTest;

/** The promises of the port GraphStore beyond those of every ChunkStore. */
export const graphStoreContract = (name: string, make: () => Promise<GraphStoreUnderTest>) => {
  describe(`graph store on ${name}`, () => {
    let tested: GraphStoreUnderTest;
    const under: UnderGraph = () => tested;
    beforeEach(async () => {
      tested = await make();
      await tested.store.register(tested.project);
    });
    afterEach(() => tested?.stop());

    describe('fences', () => fencesContract(under));
    describe('documents', () => documentsContract(under));
    describe('names and ids', () => namesContract(under));
    describe('embeddings', () => embeddingsContract(under));
    describe('whole nodes', () => wholeNodesContract(under));
  });
};

const documentsOf = async ({ client, project }: GraphStoreUnderTest) =>
  client.run(
    `MATCH (f:File {project: $project})-[h:HAS_CHUNK]->(c:Chunk)
RETURN f.file_path AS file_path, c.chunk_id AS chunk_id, h.chunk_index AS chunk_index
ORDER BY file_path, chunk_index`,
    { project: project.project },
  );

const documentsContract = (under: UnderGraph) => {
  it('have their chunks by index, once', async () => {
    const { store, project } = under();
    const [first, second] = [aGuard(project), aGuard(project, { version: 2 })];
    const [a, b] = [aChunk({ chunk_index: 0 }), aChunk({ chunk_index: 1 })];
    await given(store, first, [a, b]);

    await store.apply(second, [
      place({ ...a, chunk_index: 1 }, by(first.op_id)),
      place({ ...b, chunk_index: 0 }, by(first.op_id)),
    ]);

    const file_path = 'docs/a.md';
    expect(await documentsOf(under())).toEqual([
      { file_path, chunk_id: b.chunk_id, chunk_index: 0 },
      { file_path, chunk_id: a.chunk_id, chunk_index: 1 },
    ]);
  });

  it('keep their chunks from a put of another, which does nothing at all', async () => {
    const { store, project } = under();
    const theirs = aGuard(project, { file_path: 'docs/b.md' });
    const chunk = aChunk({ file_path: 'docs/b.md' });
    await given(store, theirs, [chunk]);
    const stolen = { ...chunk, file_path: 'docs/a.md', content: 'stolen' };

    for (const over of [undefined, by(theirs.op_id)])
      await expect(store.apply(aGuard(project), [put(aChunk()), put(stolen, over)])).rejects.toMatchObject({
        name: 'ConflictError',
        code: 'chunk_owned',
        details: { chunk_id: chunk.chunk_id, file_path: 'docs/b.md' },
      });

    expect(await store.count(project.project)).toBe(1);
    expect(await readOne(store, project, chunk.chunk_id)).toMatchObject(asStored(chunk, theirs));
  });

  it('let a put pass over the one path that it was told of, as long as nobody has signed the chunk since', async () => {
    const { store, project } = under();
    const [first, theirs] = [aGuard(project), aGuard(project, { file_path: 'docs/b.md' })];
    const chunk = aChunk();
    await given(store, first, [chunk]);
    await under().damage(chunk.chunk_id, { file_path: 'docs/b.md' });
    const over = { state: 'present' as const, write_id: first.op_id, file_path: 'docs/b.md' };
    const next = aGuard(project, { version: 2 });

    await expect(store.apply(next, [put(chunk, { ...over, file_path: 'docs/c.md' })])).rejects.toMatchObject({
      code: 'chunk_owned',
    });
    await store.apply(next, [put(chunk, over)]);
    expect(await readOne(store, project, chunk.chunk_id)).toMatchObject(asStored(chunk, next));

    await under().damage(chunk.chunk_id, { file_path: 'docs/b.md', write_id: theirs.op_id });
    await expect(
      store.apply(aGuard(project, { version: 3 }), [put(chunk, { ...over, write_id: next.op_id })]),
    ).rejects.toMatchObject({ code: 'chunk_owned' });
  });

  it('get a chunk back that was moved to another behind our back', async () => {
    const { store, client, project, damage } = under();
    const [first, second] = [aGuard(project), aGuard(project, { version: 2 })];
    const chunk = aChunk({ chunk_index: 3 });
    await given(store, first, [chunk]);
    await given(store, aGuard(project, { file_path: 'docs/b.md' }), [aChunk({ file_path: 'docs/b.md' })]);
    await damage(chunk.chunk_id, { file_path: 'docs/b.md' });
    await client.write((run) =>
      run(
        `MATCH (f:File {project: $project, file_path: 'docs/b.md'}), (c:Chunk {project: $project, chunk_id: $id})
CREATE (f)-[:HAS_CHUNK {chunk_index: 9}]->(c)`,
        { project: project.project, id: chunk.chunk_id },
      ),
    );

    await store.apply(second, [place(chunk, by(first.op_id))]);

    const found = (await documentsOf(under())).filter(({ chunk_id }) => chunk_id === chunk.chunk_id);
    expect(found).toEqual([{ file_path: 'docs/a.md', chunk_id: chunk.chunk_id, chunk_index: 3 }]);
    expect(await readOne(store, project, chunk.chunk_id)).toMatchObject(asStored(chunk, second));
  });

  it('can overwrite a chunk whose writer is no text as if it had none', async () => {
    const { store, project, damage } = under();
    const guard = aGuard(project, { version: 2 });
    const chunk = aChunk();
    await given(store, aGuard(project), [chunk]);
    await damage(chunk.chunk_id, { write_id: 7, file_path: ['odd'] });

    expect(await store.apply(guard, [put(chunk, by(null))])).toMatchObject({ refused: [] });

    expect(await readOne(store, project, chunk.chunk_id)).toMatchObject(asStored(chunk, guard));
  });
};

const ODD_IDS = ['', '#1', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', 'chunk-1', 'é', '`', '\u{1F600}'];

const namesContract = (under: UnderGraph) => {
  it('of any form come out in the order of strings, and stop no page', async () => {
    const { store, project, damage } = under();
    const ids = [...ODD_IDS, randomUUID(), randomUUID()];
    for (const id of ids) await damage(id, { content: 'odd' });
    await damage(randomUUID(), { chunk_id: 12 });

    const found: string[] = [];
    for (let after: string | undefined, pages = 0; pages < 10; pages++) {
      const page = await store.contents(project.project, ALL_IDS, after, 2);
      found.push(...page.chunks.map(({ chunk_id }) => chunk_id));
      if (page.next === undefined) break;
      after = page.next;
    }

    expect(found).toEqual(ids.sort());
    expect((await store.fingerprints(project.project, ALL_IDS, undefined, 100)).ids).toEqual(found);
    expect(await store.count(project.project)).toBe(ids.length);
  });

  it('of the layout are used throughout', async () => {
    const { client, project } = under();
    const graph = structuredClone(NATIVE_LAYOUT.graph);
    Object.assign(graph, { chunk_label: 'Passage', file_label: 'Source', has_chunk: 'CONTAINS' });
    Object.assign(graph.properties, { chunk_id: 'passage_id', content: 'text', write_id: 'lockstep_writer' });
    const store = neo4jChunks({ client, layout: { ...NATIVE_LAYOUT, graph } });
    await store.register(project);
    const guard = aGuard(project);
    const chunk = aChunk({ content: 'under other names' });

    await given(store, guard, [chunk]);

    const [row] = await client.run(
      `MATCH (:Source {project: $project})-[:CONTAINS]->(c:Passage {text: 'under other names'})
RETURN c.passage_id AS id, c.lockstep_writer AS writer`,
      { project: project.project },
    );
    expect(row).toEqual({ id: chunk.chunk_id, writer: guard.op_id });
    expect(await readOne(store, project, chunk.chunk_id)).toMatchObject(asStored(chunk, guard));
    await store.drop(project.project);
  });

  it('of a layout that are no plain identifiers are refused', () => {
    const { client } = under();
    for (const chunk_label of ['Chunk` {x: 1}) DETACH DELETE (c', 'two words', '', '1st', 'Chünk']) {
      const layout = { ...NATIVE_LAYOUT, graph: { ...NATIVE_LAYOUT.graph, chunk_label } };

      expect(() => neo4jChunks({ client, layout })).toThrow(InvalidError);
    }
  });
};

import { expect, it } from 'vitest';
import type { Chunk } from '../../shared/domain/chunk.ts';
import type { Guard, WholeImage } from '../../shared/ports.ts';
import { aChunk, aGuard, by, chunksOf, given, put, readOne, remove } from './chunk-store-builders.ts';
import type { GraphStoreUnderTest, UnderGraph } from './graph-store.ts';

const kept = (images: WholeImage[]): WholeImage[] => JSON.parse(JSON.stringify(images));

const ODD_NAMES = [
  'we`ird',
  '`) DETACH DELETE (c',
  'a\\u0060b',
  'back\\slash',
  'two words',
  'é 😀 $x "q" \'s\'',
];
const quoted = (name: string, { client }: GraphStoreUnderTest) => {
  const spelled = client.dialect === 'neo4j' ? name.replaceAll('\\', '\\u005C') : name;
  return `\`${spelled.replaceAll('`', '``')}\``;
};

const cypher = ({ client, project }: GraphStoreUnderTest, statement: string, parameters = {}) =>
  client.write((run) => run(statement, { project: project.project, ...parameters }));

const labelsIn = (row: Record<string, unknown> | undefined) => (row?.labels as string[] | undefined)?.sort();

const relationshipsOf = (tested: GraphStoreUnderTest) =>
  cypher(
    tested,
    `MATCH (a)-[r]->(b)
WHERE (a.project = $project OR b.project = $project) AND NOT a:File
RETURN type(r) AS type, properties(r) AS properties, coalesce(a.chunk_id, a.name) AS from, coalesce(b.chunk_id, b.name) AS to
ORDER BY type, from, to`,
  );

/** Removes chunks of the first operation in a second, keeps them whole, brings them back in a third. */
const removeAndRestore = async (
  { store, project }: GraphStoreUnderTest,
  first: Guard,
  chunks: Chunk[],
  meanwhile = async () => {},
) => {
  const ids = chunks.map(({ chunk_id }) => chunk_id);
  const images = kept(await store.images(project.project, ids));
  const second = aGuard(project, { version: 2 });
  await store.apply(
    second,
    ids.map((id) => remove(id, by(first.op_id))),
  );
  await meanwhile();
  return store.restore(aGuard(project, { version: 3 }), images, second.op_id);
};

export const wholeNodesContract = (under: UnderGraph) => {
  it('come back with labels and relationships of any name', async () => {
    const tested = under();
    const { store, project } = tested;
    const guard = aGuard(project);
    const chunk = aChunk();
    await given(store, guard, [chunk]);
    for (const name of ODD_NAMES)
      await cypher(
        tested,
        `MATCH (c:Chunk {project: $project, chunk_id: $id}) SET c:${quoted(name, tested)}
CREATE (c)-[:${quoted(name, tested)} {name: $name}]->(:Entity {project: $project, name: $name})`,
        { id: chunk.chunk_id, name },
      );
    const before = await relationshipsOf(tested);

    await removeAndRestore(tested, guard, [chunk]);

    const [row] = await cypher(tested, 'MATCH (c:Chunk {project: $project}) RETURN labels(c) AS labels');
    expect(labelsIn(row)).toEqual(['Chunk', ...ODD_NAMES].sort());
    expect(before).toHaveLength(ODD_NAMES.length);
    expect(await relationshipsOf(tested)).toEqual(before);
    await cypher(tested, 'MATCH (e:Entity {project: $project}) DETACH DELETE e');
  });

  it('come back with relationships in both directions, to themselves and to each other, each once', async () => {
    const tested = under();
    const { store, project } = tested;
    const guard = aGuard(project);
    const [a, b, stays] = chunksOf(3) as [Chunk, Chunk, Chunk];
    await given(store, guard, [a, b, stays]);
    const link = (from: Chunk, to: Chunk, type: string) =>
      cypher(
        tested,
        `MATCH (a:Chunk {project: $project, chunk_id: $from}), (b:Chunk {project: $project, chunk_id: $to})
CREATE (a)-[:${type} {weight: 0.5, tags: ['x', 'y']}]->(b)`,
        { from: from.chunk_id, to: to.chunk_id },
      );
    for (const [from, to, type] of [
      [a, b, 'NEXT'],
      [a, b, 'NEXT'],
      [stays, a, 'BEFORE'],
      [b, stays, 'AFTER'],
      [a, a, 'SELF'],
    ] as const)
      await link(from, to, type);
    const before = await relationshipsOf(tested);

    await removeAndRestore(tested, guard, [a, b]);

    expect(before).toHaveLength(5);
    expect(await relationshipsOf(tested)).toEqual(before);
  });

  it('come back into their document', async () => {
    const tested = under();
    const { store, project } = tested;
    const guard = aGuard(project);
    const chunk = aChunk({ chunk_index: 4 });
    await given(store, guard, [chunk]);

    await removeAndRestore(tested, guard, [chunk]);

    const rows = await cypher(
      tested,
      `MATCH (f:File {project: $project})-[h:HAS_CHUNK]->(c:Chunk)
RETURN f.file_path AS file_path, f.version AS version, h.chunk_index AS chunk_index, c.chunk_id AS chunk_id`,
    );
    expect(rows).toEqual([{ file_path: 'docs/a.md', version: 3, chunk_index: 4, chunk_id: chunk.chunk_id }]);
  });

  it('are not tied to a node that took the place of one that is gone', async () => {
    const tested = under();
    const { store, project } = tested;
    const guard = aGuard(project);
    const chunk = aChunk();
    await given(store, guard, [chunk]);
    for (const name of ['stays', 'goes'])
      await cypher(
        tested,
        `MATCH (c:Chunk {project: $project}) CREATE (c)-[:MENTIONS]->(:Entity {project: $project, name: $name})`,
        { name },
      );

    await removeAndRestore(tested, guard, [chunk], async () => {
      await cypher(tested, `MATCH (e:Entity {project: $project, name: 'goes'}) DETACH DELETE e`);
      await cypher(tested, `CREATE (:Entity {project: $project, name: 'new'})`);
    });

    expect(await relationshipsOf(tested)).toMatchObject([{ type: 'MENTIONS', to: 'stays' }]);
    await cypher(tested, 'MATCH (e:Entity {project: $project}) DETACH DELETE e');
  });

  it('keep foreign labels and relationships through a put', async () => {
    const tested = under();
    const { store, project } = tested;
    const [first, second] = [aGuard(project), aGuard(project, { version: 2 })];
    const chunk = aChunk();
    await given(store, first, [chunk]);
    await cypher(
      tested,
      `MATCH (c:Chunk {project: $project}) SET c:Reviewed CREATE (c)-[:NOTE {by: 'me'}]->(c)`,
    );
    const before = await relationshipsOf(tested);

    await store.apply(second, [put(aChunk({ chunk_id: chunk.chunk_id, version: 2 }), by(first.op_id))]);

    const [row] = await cypher(tested, 'MATCH (c:Chunk {project: $project}) RETURN labels(c) AS labels');
    expect(labelsIn(row)).toEqual(['Chunk', 'Reviewed']);
    expect(await relationshipsOf(tested)).toEqual(before);
    expect(await readOne(store, project, chunk.chunk_id)).toMatchObject({ version: 2 });
  });

  it('come back with values of every type that Neo4j knows', async ({ skip }) => {
    const tested = under();
    if (tested.client.dialect !== 'neo4j') skip('the embedded graph has no such types');
    const guard = aGuard(tested.project);
    const chunk = aChunk();
    await given(tested.store, guard, [chunk]);
    await cypher(
      tested,
      `MATCH (c:Chunk {project: $project})
CREATE (w:Witness {project: $project})
SET c += {t1: date('2026-02-03'), t2: time('10:11:12.123+02:00'), t3: localtime('10:11:12'),
  t4: localdatetime('2026-01-01T10:11:12'), t5: datetime('2026-01-01T10:11:12[Europe/Berlin]'),
  t6: datetime('2026-01-01T10:11:12.5+01:00'), t7: duration('P1Y2M3DT4.5S'), t8: point({x: 1, y: 2.5}),
  t9: point({longitude: 13.4, latitude: 52.5}), one: 1.0, int: 1, big: 9007199254740993, nan: 0.0 / 0.0,
  floats: [1.0, 2.0], dates: [date('2026-02-03')], yes: true, none: []}
SET w += properties(c)`,
    );

    await removeAndRestore(tested, guard, [chunk]);

    const rows = await cypher(
      tested,
      `MATCH (c:Chunk {project: $project}), (w:Witness {project: $project})
UNWIND keys(w) AS key
WITH c, w, key WHERE valueType(c[key]) <> valueType(w[key]) OR NOT c[key] = w[key]
RETURN key`,
    );
    expect(rows.map(({ key }) => key).sort()).toEqual(['nan', 'version', 'write_id']);
    await cypher(tested, 'MATCH (w:Witness {project: $project}) DELETE w');
  });
};

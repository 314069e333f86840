import { isDeepStrictEqual } from 'node:util';
import type { ChunkId } from '../domain/chunk.ts';
import type { Access } from './neo4j-access.ts';
import type { Row, Run } from './neo4j-client.ts';
import * as statements from './neo4j-image-statements.ts';
import { asKeys, type EndImage, endKeys, type NodeImage, type RelationshipImage } from './neo4j-images.ts';
import { escaped } from './neo4j-names.ts';

/** A chunk that is to come back. */
export interface Returning {
  chunk_id: ChunkId;
  image: NodeImage;
}

/** Gives recreated nodes the labels that they had beside ours. */
export const addLabels = async (
  access: Access,
  run: Run,
  project: string,
  returned: Returning[],
): Promise<void> => {
  const { names, layout, client } = access;
  const labels = new Set(returned.flatMap(({ image }) => image.labels));
  labels.delete(layout.chunk_label);
  for (const label of labels) {
    const ids = returned.filter(({ image }) => image.labels.includes(label)).map(({ chunk_id }) => chunk_id);
    await run(statements.addLabel(names, escaped(label, client.dialect)), { project, ids });
  }
};

type Relationship = RelationshipImage & { chunk_id: ChunkId };

/** Gives recreated nodes their relationships to whatever still exists, each once although both ends may know it. */
export const relate = async (
  access: Access,
  run: Run,
  project: string,
  returned: Returning[],
): Promise<void> => {
  const wanted = new Map<string, Relationship>();
  for (const { chunk_id, image } of returned)
    for (const relationship of image.relationships)
      wanted.set(relationship.id, { ...relationship, chunk_id });
  const all = [...wanted.values()];
  const ends = await endsOf(access, run, all);
  const rows = all.map((one, place) => ({ ...one, other_id: ends.get(place) }));
  const groups = Map.groupBy(
    rows.filter(({ other_id }) => other_id !== undefined),
    ({ type, is_outgoing }) => `${is_outgoing} ${type}`,
  );
  for (const group of groups.values()) await relateAlike(access, run, project, group);
};

const relateAlike = async (
  access: Access,
  run: Run,
  project: string,
  alike: (Relationship & { other_id: unknown })[],
) => {
  const [first] = alike;
  if (!first) return;
  const type = escaped(first.type, access.client.dialect);
  const rows = alike.map(({ chunk_id, other_id, properties }) => ({ chunk_id, other_id, properties }));
  await run(statements.relate(access.names, type, first.is_outgoing), { project, rows });
};

/** The present element id of each relationship's other end, where there is one, by the relationship's place. */
const endsOf = async (
  access: Access,
  run: Run,
  relationships: Relationship[],
): Promise<Map<number, unknown>> => {
  const { names, layout } = access;
  const wanted = relationships.map(({ other }, place) => ({ place, ...keysOf(access, other), other }));
  const kinds = Map.groupBy(wanted, ({ kind }) => kind);
  const rowsOf = (kind: 'chunk' | 'file' | 'node') =>
    (kinds.get(kind) ?? []).map(({ other, kind: _, ...row }) => ({ ...row, other_id: other.element_id }));
  const asking = async (kind: 'chunk' | 'file' | 'node', statement: string): Promise<Row[]> => {
    const rows = rowsOf(kind);
    return rows.length > 0
      ? await run(statement, { wanted: rows, keys: endKeys(layout) }, { exact: true })
      : [];
  };
  const nodes = await asking('node', statements.findNodes());
  const found = [
    ...(await asking('chunk', statements.findChunks(names))),
    ...(await asking('file', statements.findFiles(names))),
    ...nodes.filter((row) => isSameNode(access, relationships[row.place as number]?.other, row)),
  ];
  return new Map(found.map(({ place, id }) => [place as number, id]));
};

const keysOf = ({ layout }: Access, { labels, keys }: EndImage) => {
  const { project, chunk_id, file_path } = layout.properties;
  const isOfProject = typeof keys[project] === 'string';
  if (isOfProject && labels.includes(layout.chunk_label) && typeof keys[chunk_id] === 'string')
    return { kind: 'chunk' as const, project: keys[project], chunk_id: keys[chunk_id] };
  if (isOfProject && labels.includes(layout.file_label) && typeof keys[file_path] === 'string')
    return { kind: 'file' as const, project: keys[project], file_path: keys[file_path] };
  return { kind: 'node' as const };
};

const isSameNode = ({ layout }: Access, before: EndImage | undefined, { labels, keys }: Row): boolean =>
  before !== undefined &&
  isDeepStrictEqual(before.labels.toSorted(), (labels as string[]).toSorted()) &&
  isDeepStrictEqual(before.keys, asKeys(layout, keys));

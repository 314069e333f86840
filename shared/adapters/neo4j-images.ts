import type { ChunkId } from '../domain/chunk.ts';
import type { WholeImage } from '../ports.ts';
import type { Access } from './neo4j-access.ts';
import type { Row } from './neo4j-client.ts';
import * as statements from './neo4j-image-statements.ts';
import type { GraphLayout } from './neo4j-names.ts';

/** A node kept whole. Its values are exact and survive JSON. */
export interface NodeImage {
  labels: string[];
  properties: Record<string, unknown>;
  relationships: RelationshipImage[];
}
export interface RelationshipImage {
  id: string;
  type: string;
  is_outgoing: boolean;
  properties: Record<string, unknown>;
  other: EndImage;
}
/** The other end: a chunk or a document by our keys, anything else by element id, labels and the keys that it has. */
export interface EndImage {
  element_id: string;
  labels: string[];
  keys: Record<string, unknown>;
}

const THEIR_KEYS = ['id', 'uuid', 'key', 'name', 'entity_id', 'entity_name'];

/** Properties by which a node at the other end of a relationship is known again. */
export const endKeys = ({ properties: { project, chunk_id, file_path } }: GraphLayout): string[] => [
  ...new Set([project, chunk_id, file_path, ...THEIR_KEYS]),
];

export const asKeys = (layout: GraphLayout, values: unknown): Record<string, unknown> =>
  Object.fromEntries(
    endKeys(layout)
      .map((key, i): [string, unknown] => [key, (values as unknown[])[i]])
      .filter(([, value]) => value !== null && value !== undefined),
  );

export const images = async (access: Access, project: string, ids: ChunkId[]): Promise<WholeImage[]> => {
  if (ids.length === 0) return [];
  const { client, names, layout } = access;
  const exact = { exact: true };
  const [nodes, relationships] = await client.write(async (run) => [
    await run(statements.imageNodes(names), { project, ids }, exact),
    await run(statements.imageRelationships(names), { project, ids, keys: endKeys(layout) }, exact),
  ]);
  const byChunk = Map.groupBy(relationships ?? [], (row) => row.chunk_id);
  return (nodes ?? []).map(({ chunk_id, labels, properties }) => ({
    side: 'graph',
    chunk_id: chunk_id as ChunkId,
    image: { labels, properties, relationships: relationshipsOf(layout, byChunk.get(chunk_id) ?? []) },
  }));
};

/** Each once: a relationship from a node to itself may be met from both its ends. */
const relationshipsOf = (layout: GraphLayout, rows: Row[]): RelationshipImage[] => [
  ...new Map(rows.map((row) => [row.id as string, relationshipOf(layout, row)])).values(),
];

const relationshipOf = (layout: GraphLayout, row: Row): RelationshipImage => ({
  id: row.id as string,
  type: row.type as string,
  is_outgoing: row.is_outgoing as boolean,
  properties: row.properties as Record<string, unknown>,
  other: {
    element_id: row.other_id as string,
    labels: row.labels as string[],
    keys: asKeys(layout, row.keys),
  },
});

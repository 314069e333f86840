// Cypher statements that keep nodes whole and bring them back. All run unchanged on Neo4j 5 and on the embedded graph.

import type { Names } from './neo4j-names.ts';

export const imageNodes = (n: Names): string => `
MATCH (c:${n.Chunk})
WHERE c.${n.project} = $project AND c.${n.chunk_id} IN $ids
RETURN c.${n.chunk_id} AS chunk_id, labels(c) AS labels, properties(c) AS properties`;

/** Relationships with what is needed to find their other ends again. */
export const imageRelationships = (n: Names): string => `
MATCH (c:${n.Chunk})-[r]-(o)
WHERE c.${n.project} = $project AND c.${n.chunk_id} IN $ids
RETURN c.${n.chunk_id} AS chunk_id, elementId(r) AS id, type(r) AS type, startNode(r) = c AS is_outgoing,
  properties(r) AS properties, elementId(o) AS other_id, labels(o) AS labels, [key IN $keys | o[key]] AS keys`;

export const findChunks = (n: Names): string => `
UNWIND $wanted AS want
MATCH (o:${n.Chunk} {${n.project}: want.project, ${n.chunk_id}: want.chunk_id})
RETURN want.place AS place, elementId(o) AS id`;

export const findFiles = (n: Names): string => `
UNWIND $wanted AS want
MATCH (o:${n.File} {${n.project}: want.project, ${n.file_path}: want.file_path})
RETURN want.place AS place, elementId(o) AS id`;

/** Element ids are used again after a deletion, so the answer says what the node looks like now. */
export const findNodes = (): string => `
UNWIND $wanted AS want
MATCH (o) WHERE elementId(o) = want.other_id
RETURN want.place AS place, elementId(o) AS id, labels(o) AS labels, [key IN $keys | o[key]] AS keys`;

/** `label` is escaped already. */
export const addLabel = (n: Names, label: string): string => `
MATCH (c:${n.Chunk})
WHERE c.${n.project} = $project AND c.${n.chunk_id} IN $ids
SET c:${label}`;

/** `type` is escaped already. */
export const relate = (n: Names, type: string, is_outgoing: boolean): string => `
UNWIND $rows AS row
MATCH (c:${n.Chunk} {${n.project}: $project, ${n.chunk_id}: row.chunk_id})
MATCH (o) WHERE elementId(o) = row.other_id
CREATE (c)${is_outgoing ? `-[r:${type}]->` : `<-[r:${type}]-`}(o)
SET r += row.properties`;

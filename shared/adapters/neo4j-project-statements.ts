// Cypher statements on whole projects, and the schema, the one place where Neo4j and the embedded graph differ.

import type { CypherClient } from './neo4j-client.ts';
import type { GraphLayout, Names } from './neo4j-names.ts';

export const readIdentity = (n: Names): string => `
MATCH (m:${n.Marker} {${n.project}: $project}) RETURN m.${n.identity} AS identity`;

export const writeIdentity = (n: Names): string => `
MERGE (m:${n.Marker} {${n.project}: $project}) SET m.${n.identity} = $identity`;

export const dropSome = (n: Names, label: 'Chunk' | 'File' | 'Marker'): string => `
MATCH (x:${n[label]} {${n.project}: $project})
WITH x LIMIT $limit
DETACH DELETE x
RETURN count(*) AS count`;

export const version = (dialect: CypherClient['dialect']): string =>
  dialect === 'neo4j'
    ? `CALL dbms.components() YIELD name, versions WHERE name = 'Neo4j Kernel' RETURN versions[0] AS version`
    : 'RETURN 1 AS version';

export const schema = (n: Names, layout: GraphLayout, dialect: CypherClient['dialect']): string[] =>
  dialect === 'neo4j' ? constraints(n, layout) : indexes(n, layout);

const constraints = (n: Names, layout: GraphLayout) => [
  unique(`lockstep_${layout.chunk_label}_id`, n, 'Chunk', [n.project, n.chunk_id]),
  unique(`lockstep_${layout.file_label}_path`, n, 'File', [n.project, n.file_path]),
  unique(`lockstep_${layout.marker_label}`, n, 'Marker', [n.project]),
  `CREATE INDEX \`lockstep_${layout.chunk_label}_bucket\` IF NOT EXISTS
FOR (x:${n.Chunk}) ON (x.${n.project}, x.${n.bucket})`,
];

const unique = (name: string, n: Names, label: 'Chunk' | 'File' | 'Marker', properties: string[]) => `
CREATE CONSTRAINT \`${name}\` IF NOT EXISTS
FOR (x:${n[label]}) REQUIRE (${properties.map((property) => `x.${property}`).join(', ')}) IS UNIQUE`;

// A uniqueness constraint there makes every MERGE walk all nodes, and an index on two properties is not used.
const indexes = (n: Names, layout: GraphLayout) => [
  `CREATE INDEX \`lockstep_${layout.chunk_label}_id\` FOR (x:${n.Chunk}) ON (x.${n.chunk_id})`,
  `CREATE INDEX \`lockstep_${layout.file_label}_path\` FOR (x:${n.File}) ON (x.${n.file_path})`,
];

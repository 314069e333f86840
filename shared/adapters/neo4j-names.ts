import { GRAPH_PROPERTIES, type GraphProperty, type Layout } from '../domain/layout.ts';
import { InvalidError } from '../errors.ts';
import type { CypherClient } from './neo4j-client.ts';

export type GraphLayout = Layout['graph'];

/** The layout's names as they stand in Cypher. */
export type Names = Record<'File' | 'Chunk' | 'Marker' | 'HAS_CHUNK', string> & Record<GraphProperty, string>;

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Names from configuration go into every statement, so only plain ones are taken. Throws InvalidError. */
export const namesOf = (layout: GraphLayout): Names => {
  const quoted = (name: string) => {
    if (IDENTIFIER.test(name)) return `\`${name}\``;
    throw new InvalidError(`"${name}" can't be a name in the graph`, [
      { field: 'layout', message: 'use letters, digits and underscores, not beginning with a digit' },
    ]);
  };
  const properties = GRAPH_PROPERTIES.map((property) => [property, quoted(layout.properties[property])]);
  return {
    ...(Object.fromEntries(properties) as Record<GraphProperty, string>),
    File: quoted(layout.file_label),
    Chunk: quoted(layout.chunk_label),
    Marker: quoted(layout.marker_label),
    HAS_CHUNK: quoted(layout.has_chunk),
  };
};

/**
 * A name found in the graph as it stands in Cypher. Neo4j reads `\uXXXX` as that character wherever it stands, so that
 * `\u0060` would end the name: there a backslash is written as an escape itself.
 */
export const escaped = (name: string, dialect: CypherClient['dialect']): string => {
  const spelled = dialect === 'neo4j' && name.includes('\\u') ? name.replaceAll('\\', '\\u005C') : name;
  return `\`${spelled.replaceAll('`', '``')}\``;
};

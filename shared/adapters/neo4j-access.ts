import type { StoredChunk } from '../domain/chunk.ts';
import type { CypherClient, Row, Run } from './neo4j-client.ts';
import type { GraphLayout, Names } from './neo4j-names.ts';

/** What every part of the graph store works with. */
export interface Access {
  client: CypherClient;
  layout: GraphLayout;
  names: Names;
}

/** A read that sees every commit before it: alone, it might ask a member of the cluster that lags behind. */
export const reading = (access: Access, ...statement: Parameters<Run>): Promise<Row[]> =>
  access.client.write((run) => run(...statement));

export const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
export const whole = (value: unknown): number | null =>
  Number.isSafeInteger(value) ? (value as number) : null;

export const storedChunk = (row: Row): StoredChunk => {
  const vector = row.embedding;
  return {
    chunk_id: String(row.chunk_id),
    content: text(row.content),
    content_hash: text(row.content_hash),
    file_path: text(row.file_path),
    chunk_index: whole(row.chunk_index),
    start_line: whole(row.start_line),
    end_line: whole(row.end_line),
    version: whole(row.version),
    write_id: text(row.write_id),
    embedding_model: text(row.embedding_model),
    embedded_hash: text(row.embedded_hash),
    ...(isVector(vector) ? { vector } : {}),
  };
};

const isVector = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'number');

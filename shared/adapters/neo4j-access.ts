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

/** The chunks of an answer to `contentPage` or `readChunks`. */
export const storedChunks = (rows: Row[]): StoredChunk[] =>
  rows.flatMap(({ chunks }) => (chunks as unknown[][]).map(storedChunk));

const storedChunk = (values: unknown[]): StoredChunk => {
  const vector = values[11];
  return {
    chunk_id: String(values[0]),
    content_hash: text(values[1]),
    file_path: text(values[2]),
    chunk_index: whole(values[3]),
    start_line: whole(values[4]),
    end_line: whole(values[5]),
    version: whole(values[6]),
    write_id: text(values[7]),
    embedding_model: text(values[8]),
    embedded_hash: text(values[9]),
    content: text(values[10]),
    ...(isVector(vector) ? { vector } : {}),
  };
};

const isVector = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'number');

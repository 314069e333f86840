// The steps of a write transaction: what stands, what goes, what is written, and whose it is.

import { type ChunkId, contentHash } from '../domain/chunk.ts';
import type { Guard } from '../ports.ts';
import { type Access, text } from './neo4j-access.ts';
import type { Run } from './neo4j-client.ts';
import type { GraphLayout } from './neo4j-names.ts';
import * as statements from './neo4j-statements.ts';

/** A chunk as it stands, locked for the rest of the transaction. */
export interface Standing {
  write_id: string | null;
  file_path: string | null;
  /** The hash of the text that the node's vector was made from; `undefined`: it has no vector. */
  embedded_hash: string | null | undefined;
}

/** One chunk to write: over what stands, or new. */
export interface WriteRow {
  chunk_id: ChunkId;
  stands: boolean;
  properties: Record<string, unknown>;
}

/** Our properties under the names that the layout gives them. */
export const named = (
  { properties }: GraphLayout,
  values: Partial<Record<keyof GraphLayout['properties'], unknown>>,
) =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [properties[name as keyof typeof properties], value]),
  );

export const standingOf = async ({ names }: Access, run: Run, project: string, ids: ChunkId[]) => {
  const rows = ids.length > 0 ? await run(statements.standingChunks(names), { project, ids }) : [];
  return new Map(
    rows.map((row): [ChunkId, Standing] => {
      const content = text(row.embedded_content);
      const made = text(row.embedded_hash) ?? (content === null ? null : contentHash(content));
      const embedded_hash = row.is_embedded ? made : undefined;
      return [
        row.chunk_id as ChunkId,
        { write_id: text(row.write_id), file_path: text(row.file_path), embedded_hash },
      ];
    }),
  );
};

export const remove = async (
  { names }: Access,
  run: Run,
  { project }: Guard,
  ids: ChunkId[],
): Promise<ChunkId[]> => {
  if (ids.length === 0) return [];
  const [row] = await run(statements.removeChunks(names), { project, ids });
  return row?.ids as ChunkId[];
};

export const write = async (
  { names }: Access,
  run: Run,
  guard: Guard,
  rows: WriteRow[],
): Promise<ChunkId[]> => {
  if (rows.length === 0) return [];
  const { project, op_id: op } = guard;
  const [row] = await run(statements.writeChunks(names), { project, op, rows });
  return row?.ids as ChunkId[];
};

export interface Link {
  chunk_id: ChunkId;
  chunk_index: unknown;
  /** A new chunk can't be part of another document. */
  stands: boolean;
}

/** Makes chunks part of this document, and of no other of the project. */
export const link = async ({ names }: Access, run: Run, guard: Guard, links: Link[]): Promise<void> => {
  const { project, file_path } = guard;
  const ids = links.filter(({ stands }) => stands).map(({ chunk_id }) => chunk_id);
  if (ids.length > 0) await run(statements.unlinkChunks(names), { project, file_path, ids });
  const rows = links.map(({ chunk_id, chunk_index }) => ({ chunk_id, chunk_index }));
  if (rows.length > 0) await run(statements.linkChunks(names), { project, file_path, rows });
};

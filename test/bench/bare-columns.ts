/** What a scan reads of a chunk beside its id, by the names of both stores. */
export const COLUMNS = {
  fingerprints: ['content_hash', 'version'],
  contents: [
    'content',
    'content_hash',
    'file_path',
    'chunk_index',
    'start_line',
    'end_line',
    'version',
    'write_id',
    'embedding_model',
    'embedded_hash',
  ],
} as const;
export type Columns = keyof typeof COLUMNS;

/** A store read in order of id by nothing but its own client. */
export interface BareReader {
  /** How a page comes. */
  form: string;
  /** Reads all of a project, so many rows a page, and does nothing with it; answers how many chunks there were. */
  read(what: Columns, project: string, rows: number): Promise<number>;
  close(): Promise<void>;
}

import type { ChunkId } from '../domain/chunk.ts';
import type { ChunkChange, Target } from '../domain/write-plan.ts';

export type Precondition = { if_match: number } | { if_none_match: '*' };

export interface WriteRequest {
  project: string;
  file_path: string;
  correlation_id: string;
  /** What the document is to hold, in order; none at all removes the document. */
  targets: Target[];
  precondition?: Precondition;
}

export interface WriteResult {
  correlation_id: string;
  version: number;
  created: boolean;
  chunks: { chunk_id: ChunkId; chunk_index: number; content_hash: string; change: ChunkChange }[];
}

import { randomUUID } from 'node:crypto';
import { chunkId, contentHash } from '../../shared/domain/chunk.ts';
import type { Target } from '../../shared/domain/write-plan.ts';
import type { WriteRequest } from '../../shared/operations/write-request.ts';

/** The chunks of a document as a caller wants them: one a text, a line each. */
export const targetsOf = (project: string, file_path: string, texts: string[]): Target[] =>
  texts.map((content, chunk_index) => ({
    chunk: {
      chunk_id: chunkId(project, file_path, chunk_index),
      content,
      content_hash: contentHash(content),
      file_path,
      chunk_index,
      start_line: chunk_index + 1,
      end_line: chunk_index + 1,
    },
  }));

export const aWrite = (project: string, file_path: string, texts: string[]): WriteRequest => ({
  project,
  file_path,
  correlation_id: randomUUID(),
  targets: targetsOf(project, file_path, texts),
});

import { chunkId, contentHash } from '../shared/domain/chunk.ts';
import type { Target } from '../shared/domain/write-plan.ts';
import { type FieldError, InvalidError } from '../shared/errors.ts';
import { HttpError } from './problem.ts';
import type { DocumentBody } from './schemas.ts';

/** A slice of a document, as the splitter cuts it. */
export interface Piece {
  content: string;
  start_line: number;
  end_line: number;
}
export type SplitText = (text: string) => Piece[];

type Wanted = Omit<Piece, 'start_line' | 'end_line'> &
  Partial<Piece> & { chunk_id?: string; vector?: number[] };

const CONTENT_BYTES_MAX = 5 * 1024 * 1024;

/** The chunks of a document: those given, or the pieces of its content. Ids follow from the place unless given. */
export const targetsOf = (
  project: string,
  file_path: string,
  { content, chunks }: DocumentBody,
  splitText: SplitText,
): Target[] => {
  const bytes = (chunks ?? [{ content: content ?? '' }]).reduce(
    (sum, one) => sum + Buffer.byteLength(one.content),
    0,
  );
  if (bytes > CONTENT_BYTES_MAX) throw new HttpError(413, 'too_large', 'the document is larger than 5 MB');
  const wanted: Wanted[] = chunks ?? splitText(content ?? '');
  const targets = wanted.map((one, chunk_index) => targetOf(project, file_path, one, chunk_index));
  refuseRepeatedIds(targets);
  return targets;
};

const targetOf = (project: string, file_path: string, wanted: Wanted, chunk_index: number): Target => {
  const { content, start_line = 1, end_line = start_line, vector } = wanted;
  const chunk_id = wanted.chunk_id ?? chunkId(project, file_path, chunk_index);
  const content_hash = contentHash(content);
  const chunk = { chunk_id, content, content_hash, file_path, chunk_index, start_line, end_line };
  return { chunk, ...(vector ? { vector } : {}) };
};

/** Also against the ids that follow from places: one that was given may be another's. */
const refuseRepeatedIds = (targets: Target[]) => {
  const seen = new Set<string>();
  const errors = targets.flatMap(({ chunk: { chunk_id, chunk_index } }): FieldError[] => {
    const isRepeated = seen.has(chunk_id);
    seen.add(chunk_id);
    return isRepeated
      ? [{ field: `chunks[${chunk_index}].chunk_id`, message: 'is the id of an earlier chunk' }]
      : [];
  });
  if (errors.length > 0) throw new InvalidError('a chunk id is there twice', errors);
};

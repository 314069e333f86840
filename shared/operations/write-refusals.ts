import type { Head } from '../domain/document.ts';
import type { Target } from '../domain/write-plan.ts';
import { InvalidError, NotFoundError, PreconditionError } from '../errors.ts';
import type { WriteRequest } from './write-request.ts';

/** What a write supposes of the document, against its closed head. A removal of nothing is that, whatever it supposes. */
export const refuseUnmet = (
  head: Head,
  { precondition, targets }: Pick<WriteRequest, 'precondition' | 'targets'>,
): void => {
  const isThere = head.state === 'present';
  const standing = isThere ? `the document is at version ${head.committed}` : 'there is no such document';
  if (targets.length === 0 && !isThere) throw new NotFoundError(`there is no document ${head.file_path}`);
  if (precondition === undefined) return;
  if ('if_none_match' in precondition && isThere) throw new PreconditionError(standing, 'if_none_match');
  if ('if_match' in precondition && (!isThere || head.committed !== precondition.if_match))
    throw new PreconditionError(standing, 'if_match');
};

/** Vectors of a caller that the project's collection can't hold. */
export const refuseOtherDimensions = (
  targets: Target[],
  { dimension, project }: { dimension: number; project: string },
): void => {
  const errors = targets.flatMap(({ vector }, index) => {
    const message = `has ${vector?.length} numbers; project "${project}" holds vectors of ${dimension}`;
    return vector && vector.length !== dimension ? [{ field: `chunks[${index}].vector`, message }] : [];
  });
  if (errors.length > 0) throw new InvalidError('a vector has another dimension than the collection', errors);
};

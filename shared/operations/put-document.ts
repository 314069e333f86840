import type { Target } from '../domain/write-plan.ts';
import { InvalidError, NotFoundError, PreconditionError } from '../errors.ts';
import { projectOrFail } from './query-projects.ts';
import type { World } from './world.ts';
import { type WriteRequest, type WriteResult, writeDocument } from './write-document.ts';

/**
 * Writes a document. What can be refused without a reservation is refused first, so that a bad request neither
 * registers a project nor leaves a head behind.
 */
export const putDocument = async (world: World, request: WriteRequest): Promise<WriteResult> => {
  const { project, file_path, precondition, targets } = request;
  await refuseOtherDimensions(world, project, targets);
  if (precondition && 'if_match' in precondition && !(await world.documents.head(project, file_path)))
    throw new PreconditionError('there is no such document');
  return await writeDocument(world, request);
};

/** Removes a document that is there. */
export const removeDocument = async (
  world: World,
  request: Omit<WriteRequest, 'targets'>,
): Promise<WriteResult> => {
  await projectOrFail(world, request.project);
  const head = await world.documents.head(request.project, request.file_path);
  if (head === undefined) throw new NotFoundError(`there is no document ${request.file_path}`);
  return await writeDocument(world, { ...request, targets: [] });
};

const refuseOtherDimensions = async ({ projects, embedder }: World, name: string, targets: Target[]) => {
  if (!targets.some(({ vector }) => vector)) return;
  const { dimension } = (await projects.get(name)) ?? embedder;
  const errors = targets.flatMap(({ vector }, index) => {
    const message = `has ${vector?.length} numbers; project "${name}" holds vectors of ${dimension}`;
    return vector && vector.length !== dimension ? [{ field: `chunks[${index}].vector`, message }] : [];
  });
  if (errors.length > 0) throw new InvalidError('a vector has another dimension than the collection', errors);
};

import { unborn } from '../domain/document.ts';
import { projectOrFail } from './query-projects.ts';
import type { World } from './world.ts';
import { writeDocument } from './write-document.ts';
import { refuseOtherDimensions, refuseUnmet } from './write-refusals.ts';
import type { WriteRequest, WriteResult } from './write-request.ts';

/**
 * Writes a document. What can be refused without a reservation is refused first, so that a bad request neither
 * registers a project, nor leaves a head behind, nor uses up a version.
 */
export const putDocument = async (world: World, request: WriteRequest): Promise<WriteResult> => {
  const { project, targets } = request;
  if (targets.some(({ vector }) => vector)) {
    const { dimension } = (await world.projects.get(project)) ?? world.embedder;
    refuseOtherDimensions(targets, { dimension, project });
  }
  if (request.precondition) await refuseUnmetNow(world, request);
  return await writeDocument(world, request);
};

/** Removes a document that is there. */
export const removeDocument = async (
  world: World,
  request: Omit<WriteRequest, 'targets'>,
): Promise<WriteResult> => {
  await projectOrFail(world, request.project);
  const removal = { ...request, targets: [] };
  await refuseUnmetNow(world, removal);
  return await writeDocument(world, removal);
};

/** Only a closed head says anything yet. Whatever happens meanwhile: it is asked again under the reservation. */
const refuseUnmetNow = async ({ documents }: World, request: WriteRequest) => {
  const { project, file_path } = request;
  const head = (await documents.head(project, file_path)) ?? unborn(project, file_path);
  if (head.open === undefined) refuseUnmet(head, request);
};

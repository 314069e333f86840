import type { Project } from '../domain/project.ts';
import { ConflictError } from '../errors.ts';
import { allEnded } from './all-ended.ts';
import { carryThrough, endUntouched } from './carry-through.ts';
import { operationEvent, record } from './journal.ts';
import { endOutrun, newestTold, unlessOutrun } from './outrun.ts';
import { prepareWrite, type Writing } from './prepare-write.ts';
import { writableProject } from './register-project.ts';
import { eventsOf, type Reserved } from './reservation.ts';
import { reserveDocument } from './reserve.ts';
import { timestamp, type World } from './world.ts';
import { refuseOtherDimensions } from './write-refusals.ts';
import type { WriteRequest, WriteResult } from './write-request.ts';

/**
 * Writes a document to both sides as one operation, or to neither (DESIGN §5). Throws ConflictError if the document
 * is busy or a chunk id belongs to another path, PreconditionError, NotFoundError for the removal of what is not
 * there, and UnavailableError if a store failed and everything was, or will be, rolled back.
 */
export const writeDocument = async (world: World, request: WriteRequest): Promise<WriteResult> => {
  const startedAt = world.clock.now();
  const [project, { write_deadline_seconds }] = await allEnded([
    writableProject(world, request.project, request.correlation_id),
    world.projects.settings(request.project),
  ]);
  refuseOtherDimensions(request.targets, project);
  return await unlessOutrun(() => writeOnce(world, request, project, write_deadline_seconds, startedAt));
};

const writeOnce = async (
  world: World,
  request: WriteRequest,
  project: Project,
  deadlineSeconds: number,
  startedAt: number,
): Promise<WriteResult> => {
  const head = await reserveDocument(world, {
    project: request.project,
    file_path: request.file_path,
    kind: request.targets.length > 0 ? 'write' : 'removal',
    correlation_id: request.correlation_id,
    deadlineSeconds,
  });
  const writing = await prepareWrite(world, head, request, project, startedAt).catch((error) =>
    endUnprepared(world, head, error),
  );
  await (hasNothingToDo(writing) ? endUnchanged(writing) : carryThrough(writing));
  return resultOf(writing);
};

/** Of a version that history already tells another story of, not even a failure may be told. */
const endUnprepared = async (world: World, head: Reserved, error: unknown): Promise<never> =>
  error instanceof ConflictError && error.code === 'event_conflict'
    ? await endOutrun(world, head, await newestTold(world, head))
    : await endUntouched(world, head, error);

const hasNothingToDo = ({ plan, changes }: Writing) =>
  !plan.isNewVersion && changes.graph.length === 0 && changes.vectors.length === 0;

const endUnchanged = async ({ world, head, startedAt }: Writing) => {
  await record(world, 'write_completed', operationEvent(eventsOf(head), 'write_completed'), {
    status: 'unchanged',
    duration_ms: world.clock.now() - startedAt,
  });
  await world.documents.close(head, timestamp(world));
};

const resultOf = ({ head, plan }: Writing): WriteResult => ({
  correlation_id: head.open.correlation_id,
  version: plan.isNewVersion ? head.open.version : head.committed,
  created: head.state !== 'present',
  chunks: [
    ...plan.chunks.map(({ chunk: { chunk_id, chunk_index, content_hash }, change }) => ({
      chunk_id,
      chunk_index,
      content_hash,
      change,
    })),
    ...plan.removed.map((gone) => ({ ...gone, change: 'removed' as const })),
  ],
});

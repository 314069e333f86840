import type { ChunkId } from '../domain/chunk.ts';
import type { ChunkChange, Target } from '../domain/write-plan.ts';
import { carryThrough, endUntouched } from './carry-through.ts';
import { operationEvent, record } from './journal.ts';
import { prepareWrite, type Writing } from './prepare-write.ts';
import { writableProject } from './register-project.ts';
import { eventsOf } from './reservation.ts';
import { reserveDocument } from './reserve.ts';
import { timestamp, type World } from './world.ts';
import { refuseOtherDimensions } from './write-refusals.ts';

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

/**
 * Writes a document to both sides as one operation, or to neither (DESIGN §5). Throws ConflictError if the document
 * is busy or a chunk id belongs to another path, PreconditionError, NotFoundError for the removal of what is not
 * there, and UnavailableError if a store failed and everything was, or will be, rolled back.
 */
export const writeDocument = async (world: World, request: WriteRequest): Promise<WriteResult> => {
  const startedAt = world.clock.now();
  const project = await writableProject(world, request.project, request.correlation_id);
  refuseOtherDimensions(request.targets, project);
  const settings = await world.projects.settings(request.project);
  const head = await reserveDocument(world, {
    project: request.project,
    file_path: request.file_path,
    kind: request.targets.length > 0 ? 'write' : 'removal',
    correlation_id: request.correlation_id,
    deadlineSeconds: settings.write_deadline_seconds,
  });
  const writing = await prepareWrite(world, head, request, project, startedAt).catch((error) =>
    endUntouched(world, head, error),
  );
  await (hasNothingToDo(writing) ? endUnchanged(writing) : carryThrough(writing));
  return resultOf(writing);
};

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

import type { Side } from '../domain/chunk.ts';
import type { Manifest } from '../domain/document.ts';
import { documentPosition, documentStream } from '../domain/event.ts';
import { ConflictError, NotFoundError } from '../errors.ts';
import type { QuarantineEntry } from '../ports.ts';
import { claimAgain } from './claim-again.ts';
import { closeWith } from './close-with.ts';
import { endFailed } from './end-failed.ts';
import { operationEvent, recordOnce } from './journal.ts';
import { projectOrFail } from './query-projects.ts';
import { otherIdentity } from './register-project.ts';
import { eventsOf, guardOf, type Reserved } from './reservation.ts';
import { reserveDocument } from './reserve.ts';
import { timestamp, type World } from './world.ts';

export interface RestoreRequest {
  project: string;
  quarantine_id: string;
  correlation_id: string;
}

const RESTORE_SECONDS = 60;
type Placed = QuarantineEntry & { file_path: string };

/**
 * Undoes what a repair did to one chunk: its images go back to where they were, under a reservation of the document.
 * Refused with ConflictError once the document has been written again, since then a newer text would be lost.
 */
export const restoreQuarantine = async (world: World, request: RestoreRequest) => {
  const entry = await restorable(world, request);
  const { project, quarantine_id, correlation_id } = request;
  const { file_path, chunk_id } = entry;
  const head = await reserveDocument(world, {
    project,
    file_path,
    kind: 'restore',
    correlation_id,
    deadlineSeconds: RESTORE_SECONDS,
  });
  const manifest = await whileReserved(world, head, entry).catch((error) => giveUp(world, head, error));
  await world.quarantine.markRestored(project, quarantine_id, timestamp(world));
  const version = manifest ? head.open.version : head.committed;
  return { quarantine_id, chunk_id, file_path, correlation_id, version };
};

const restorable = async (
  world: World,
  { project: name, quarantine_id }: RestoreRequest,
): Promise<Placed> => {
  const project = await projectOrFail(world, name);
  const entry = await world.quarantine.get(name, quarantine_id);
  if (entry === undefined) throw new NotFoundError(`quarantine holds no entry ${quarantine_id} in "${name}"`);
  if (entry.restored_at)
    throw new ConflictError(
      `this entry was restored at ${entry.restored_at}: nothing is left to do; what a later repair took has an entry of its own`,
      'already_restored',
      { field: 'id' },
    );
  if (project.read_only)
    throw new ConflictError(`project "${name}" is read-only`, 'read_only', { field: 'project' });
  if (project.embedding_model !== world.embedder.model)
    throw new ConflictError(
      `the project is embedded by ${project.embedding_model}: restore it where that model is configured`,
      'embedder_mismatch',
    );
  const other = await otherIdentity(world, project);
  if (other)
    throw new ConflictError(
      `${other} does not carry this project's identity: decide the open approval of its status first`,
      'needs_approval',
    );
  const { file_path } = entry;
  if (file_path) return { ...entry, file_path };
  throw new ConflictError('it belongs to no document, so nothing can be reserved for it', 'malformed', {
    field: 'id',
  });
};

/** Recorded before, restored, read back, recorded after. Answers the manifest that names the chunk again, if any. */
const whileReserved = async (world: World, head: Reserved, entry: Placed): Promise<Manifest | undefined> => {
  await refuseOutdated(world, head, entry);
  const { quarantine_id, chunk_id } = entry;
  const metadata = { quarantine_id, chunk_ids: [chunk_id] };
  await recordOnce(world, 'repair_started', operationEvent(eventsOf(head), 'repair_started'), {
    status: 'started',
    metadata: { ...metadata, action: 'restore' },
  });
  for (const side of ['graph', 'vectors'] as const) await restoreOn(world, side, head, entry);
  // Without this the next scan would find the chunk as it was found before, and do the same to it again.
  const manifest = await claimAgain(world, head, await world.documents.manifest(head), chunk_id);
  const { chunks, removed } = manifest ?? {};
  await recordOnce(world, 'chunk_restored', operationEvent(eventsOf(head), 'chunk_restored'), {
    status: 'restored',
    metadata,
    ...(chunks && removed ? { manifest: { chunks, removed } } : {}),
  });
  await closeWith(world.documents, head, timestamp(world), manifest && { manifest, state: 'present' });
  return manifest;
};

/** A commit of the repair itself, by a person's authority, is what is undone; any later one stands. */
const refuseOutdated = async (world: World, head: Reserved, entry: Placed) => {
  if ((head.committed_at ?? '') <= entry.quarantined_at) return;
  const position = documentPosition(head.committed, 'repair_completed');
  const own = await world.events.get(documentStream(head.project, head.file_path), position);
  if (own?.correlation_id === entry.correlation_id) return;
  throw new ConflictError(
    `${head.file_path} was written since, at ${head.committed_at}, and the newer text stands: write the document to change it`,
    'evidence_changed',
    { field: 'id' },
  );
};

/** A side that stands as the image has it is left alone; what stood there in its place is what the repair put there. */
const restoreOn = async (world: World, side: Side, head: Reserved, { images, chunk_id }: Placed) => {
  const kept = images.filter((image) => image.side === side);
  const [now] = await world[side].images(head.project, [chunk_id]);
  if (kept.length === 0 || JSON.stringify(kept[0]) === JSON.stringify(now)) return;
  const stands = (await world[side].read(head.project, [chunk_id])).get(chunk_id);
  const { refused } = await world[side].restore(guardOf(head), kept, stands?.write_id ?? null);
  if (refused.length > 0)
    throw new ConflictError(
      `${chunk_id} was changed on the side ${side} meanwhile; try again`,
      'evidence_changed',
    );
};

const giveUp = async (world: World, head: Reserved, error: unknown): Promise<never> => {
  await endFailed(world, head, error);
  throw error;
};

import type { ChunkId, Side } from '../domain/chunk.ts';
import type { Manifest } from '../domain/document.ts';
import { FencedError, recordable, UnavailableError } from '../errors.ts';
import { type Change, changedId, type Undo } from '../ports.ts';
import { closeWith } from './close-with.ts';
import { operationEvent, recordOnce } from './journal.ts';
import type { Writing } from './prepare-write.ts';
import { eventsOf, guardOf, type Reserved, undoGuardOf } from './reservation.ts';
import { timestamp, type World } from './world.ts';

/**
 * Gives a write up after its commit on the graph: the way back is saved, then the decision made, then the old content
 * returned. A failure in here leaves the operation open, and settle goes on from what is saved.
 */
export const rollBack = async (writing: Writing, cause: unknown): Promise<void> => {
  const { world, head } = writing;
  const undo = undoOf(writing, cause);
  try {
    await world.documents.saveUndo(head.open.op_id, undo);
    if ((await world.documents.decide(head, 'abort')) === 'commit')
      throw new FencedError('settled meanwhile');
    await finishRollback(world, head, undo);
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    await recordRollbackFailure(world, head, error);
  }
};

const undoOf = ({ head, images, changes }: Writing, cause: unknown): Undo => ({
  version: head.open.version,
  cause: recordable(cause),
  images,
  inserted: { graph: inserted(changes.graph), vectors: inserted(changes.vectors) },
});

const inserted = (changes: Change[]): ChunkId[] =>
  changes.filter((change) => change.kind !== 'remove' && change.over.state === 'absent').map(changedId);

/** Old content under a new version: graph first, then the collection; idempotent, so that settle may repeat it. */
export const finishRollback = async (world: World, head: Reserved, undo: Undo): Promise<void> => {
  const operation = { ...eventsOf(head), version: undo.version };
  await recordOnce(world, 'rollback_started', operationEvent(operation, 'rollback_started'), {
    status: 'rolling_back',
    error: undo.cause,
  });
  const ours = head.open.version === undo.version ? await world.documents.raise(head) : head;
  const raised = await takeBackOnGraph(world, ours, undo);
  await takeBack(world, raised, undo, 'vectors');
  const left = await leftBehind(world, raised, undo);
  await recordOnce(world, 'rollback_completed', operationEvent(operation, 'rollback_completed'), {
    status: 'rolled_back',
    metadata: { restored: undo.images.length, version: raised.open.version },
    ...(left ? { manifest: { chunks: left.chunks, removed: left.removed } } : {}),
  });
  await recordOnce(world, 'write_failed', operationEvent(operation, 'write_failed'), {
    status: 'failed',
    error: undo.cause,
  });
  await closeWith(world.documents, raised, timestamp(world), left && { manifest: left, state: raised.state });
  await world.documents.dropUndo(raised.open.op_id);
};

/** Answers the head under whose version the old content stands: the graph may have been altered to a later one. */
const takeBackOnGraph = async (world: World, head: Reserved, undo: Undo): Promise<Reserved> => {
  try {
    await takeBack(world, head, undo, 'graph');
    return head;
  } catch (error) {
    if (!(error instanceof FencedError) || error.version === undefined) throw error;
    const further = await world.documents.raise(head, error.version);
    await takeBack(world, further, undo, 'graph');
    return further;
  }
};

const takeBack = async (world: World, head: Reserved, undo: Undo, side: Side) => {
  const images = undo.images.filter((image) => image.side === side);
  await world[side].restore(undoGuardOf(head), images, head.open.op_id);
  if (undo.inserted[side].length > 0) await world[side].removeInserted(guardOf(head), undo.inserted[side]);
};

/**
 * The manifest that a rollback leaves, if it is another. The restored chunks stand under the rollback's version, and so
 * does their intent. The ids that the write would have inserted count as removed: should a late request bring one
 * back, it is drift.
 */
const leftBehind = async (world: World, head: Reserved, undo: Undo): Promise<Manifest | undefined> => {
  const manifest = await world.documents.manifest(head);
  const restored = new Set(undo.images.map(({ chunk_id }) => chunk_id));
  const { version } = head.open;
  const chunks = manifest.chunks.map((entry) =>
    restored.has(entry.chunk_id) ? { ...entry, version } : entry,
  );
  const live = new Set(chunks.map(({ chunk_id }) => chunk_id));
  const gone = [...undo.inserted.graph, ...undo.inserted.vectors].filter((id) => !live.has(id));
  const removed = [...new Set([...manifest.removed, ...gone])];
  const isChanged = restored.size > 0 || removed.length > manifest.removed.length;
  return isChanged ? { ...manifest, chunks, removed } : undefined;
};

const recordRollbackFailure = async (world: World, head: Reserved, error: unknown) => {
  try {
    await recordOnce(world, 'rollback_failed', operationEvent(eventsOf(head), 'rollback_failed'), {
      status: 'rollback_failed',
      error: recordable(error),
    });
  } catch (second) {
    if (!(second instanceof UnavailableError)) throw second;
  }
};

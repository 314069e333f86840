import type { Manifest } from '../domain/document.ts';
import { FencedError } from '../errors.ts';
import { allEnded } from './all-ended.ts';
import { operationEvent, recordOnce } from './journal.ts';
import { removeStrays } from './remove-strays.ts';
import { eventsOf, type Reserved } from './reservation.ts';
import { timestamp, type World } from './world.ts';

/**
 * Ends a write that stands on both sides: the decision, the last events beside the new manifest, the closed head. Whoever
 * finds the operation ended by someone else takes back what it inserted in vain, and throws FencedError unless that was
 * the good end.
 */
export const completeOperation = async (
  world: World,
  head: Reserved,
  manifest: Manifest,
  startedAt?: number,
): Promise<void> => {
  try {
    if ((await world.documents.decide(head, 'commit')) === 'abort')
      throw new FencedError('the write was given up');
    const [kept] = await allEnded([
      world.documents.keep(head, manifest),
      recordVectorsWritten(world, head),
      recordCompleted(world, head, manifest, startedAt),
    ]);
    const state = manifest.chunks.length > 0 ? 'present' : 'deleted';
    await world.documents.close(head, timestamp(world), { ...kept, state });
  } catch (error) {
    if (!(error instanceof FencedError)) throw error;
    await removeStrays(
      world,
      head,
      manifest.chunks.map(({ chunk_id }) => chunk_id),
    );
    if (!(await isCommitted(world, head))) throw error;
  }
};

const recordVectorsWritten = (world: World, head: Reserved) =>
  recordOnce(world, 'qdrant_written', operationEvent(eventsOf(head), 'qdrant_written'), {
    status: 'written',
  });

const recordCompleted = (world: World, head: Reserved, manifest: Manifest, startedAt?: number) =>
  recordOnce(world, 'write_completed', operationEvent(eventsOf(head), 'write_completed'), {
    status: 'completed',
    metadata: { version: manifest.version, chunks: manifest.chunks.length },
    ...(startedAt === undefined ? {} : { duration_ms: world.clock.now() - startedAt }),
  });

/** Someone settled this very operation to its good end. */
const isCommitted = async (world: World, { project, file_path, open }: Reserved): Promise<boolean> => {
  const head = await world.documents.head(project, file_path);
  const event = await world.events.get(...keyOf(project, file_path, open.version));
  return head !== undefined && head.open?.op_id !== open.op_id && event !== undefined;
};

const keyOf = (project: string, file_path: string, version: number): [string, string] => {
  const { stream, position } = operationEvent(
    { project, file_path, version, correlation_id: '' },
    'write_completed',
  );
  return [stream, position];
};

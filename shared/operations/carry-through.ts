import {
  ConflictError,
  FencedError,
  NotFoundError,
  PreconditionError,
  recordable,
  UnavailableError,
} from '../errors.ts';
import { applyAll } from './apply-changes.ts';
import { completeOperation } from './complete-operation.ts';
import { operationEvent, recordOnce } from './journal.ts';
import { endOutrun } from './outrun.ts';
import type { Writing } from './prepare-write.ts';
import { eventsOf, guardOf, isLate, type Reserved, refuseLate } from './reservation.ts';
import { rollBack } from './roll-back.ts';
import { timestamp, type World } from './world.ts';

/** Takes a prepared write to both sides: the graph's transaction is the commit point, the collection follows. */
export const carryThrough = async (writing: Writing): Promise<void> => {
  const { world, head, plan, startedAt } = writing;
  await commitOnGraph(writing);
  await bringVectors(writing);
  await recordedOrSettled(() => completeOperation(world, head, plan.manifest, startedAt));
};

const commitOnGraph = async (writing: Writing): Promise<void> => {
  const { world, head, changes } = writing;
  try {
    refuseLate(world, head);
    await applyAll(world, 'graph', guardOf(head), changes.graph);
  } catch (error) {
    if (error instanceof FencedError) return await endFenced(world, head, error);
    const isUnknown = error instanceof UnavailableError;
    const isCommitted = isUnknown && (await hasCommitted(world, head));
    if (!isCommitted) return await endUntouched(world, head, error);
    if (error.kind === 'partial') return await giveUp(writing, error);
  }
};

/** Where the graph is further on than the head, nobody has taken over: it is the head that is behind. */
const endFenced = async (world: World, head: Reserved, error: FencedError): Promise<never> => {
  if (error.version === undefined) throw error;
  await recordFailure(world, head, error);
  return await endOutrun(world, head, error.version);
};

const giveUp = async (writing: Writing, error: unknown): Promise<never> => {
  await rollBack(writing, error);
  throw error;
};

/** After an unknown answer: the fence tells whether the transaction is in, or makes sure that it never will be. */
const hasCommitted = async (world: World, { project, file_path, open }: Reserved): Promise<boolean> =>
  (await world.graph.fence(project, file_path, open.op_id, open.version)) === 'committed';

/**
 * The event is appended beside the upsert, and both are awaited whatever the other comes to. Where someone has settled
 * this write meanwhile, its completion finds out how.
 */
const bringVectors = async (writing: Writing): Promise<void> => {
  const { world, head } = writing;
  const isInTime = !isLate(world, head);
  const [announced, applied] = await Promise.allSettled([
    recordGraphWritten(writing),
    isInTime ? applyAll(world, 'vectors', guardOf(head), writing.changes.vectors) : undefined,
  ]);
  if (announced.status === 'rejected') throw announced.reason;
  if (!isInTime) return refuseLate(world, head);
  if (applied.status === 'rejected' && !(applied.reason instanceof FencedError))
    await giveUp(writing, applied.reason);
};

const recordGraphWritten = ({ world, head, changes }: Writing) =>
  recordedOrSettled(() =>
    recordOnce(world, 'neo4j_written', operationEvent(eventsOf(head), 'neo4j_written'), {
      status: 'written',
      metadata: { changes: changes.graph.length },
    }),
  );

/**
 * Allowed to fail: both stores are, or will be, as the write wants them, and settle records what is missing here.
 * A fence is no such failure.
 */
const recordedOrSettled = async (step: () => Promise<unknown>): Promise<void> => {
  try {
    await step();
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
  }
};

/**
 * Ends an operation that touched no store, and throws the error on. If State or the event store fails here too, the
 * operation stays open and settle ends it.
 */
export const endUntouched = async (world: World, head: Reserved, error: unknown): Promise<never> => {
  const isRefusal = error instanceof PreconditionError || error instanceof NotFoundError;
  try {
    if (!isRefusal) await recordFailure(world, head, error);
    await world.documents.close(head, timestamp(world));
  } catch (second) {
    if (
      !(
        second instanceof UnavailableError ||
        second instanceof FencedError ||
        second instanceof ConflictError
      )
    )
      throw second;
  }
  throw error;
};

export const recordFailure = (world: World, head: Reserved, error: unknown) =>
  recordOnce(world, 'write_failed', operationEvent(eventsOf(head), 'write_failed'), {
    status: 'failed',
    error: recordable(error),
  });

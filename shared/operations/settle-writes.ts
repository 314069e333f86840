import { type Head, isAlive, type Manifest } from '../domain/document.ts';
import { FencedError } from '../errors.ts';
import { completeOperation } from './complete-operation.ts';
import { operationEvent, recordOnce } from './journal.ts';
import { eventsOf, isReserved, type Reserved } from './reservation.ts';
import { finishRollback } from './roll-back.ts';
import { rollForward } from './roll-forward.ts';
import { endRepair } from './settle-repair.ts';
import { timestamp, type World } from './world.ts';

export interface Settled {
  project: string;
  correlation_id: string;
  file_path: string;
  outcome: 'rolled_forward' | 'rolled_back' | 'completed' | 'failed';
}
export interface SettleReport {
  settled: Settled[];
  failed: { project: string; file_path: string; error: unknown }[];
}

const PAGE = 100;
const ONE_SETTLE_MS = 5_000;

/**
 * Finishes every operation whose deadline has passed, by evidence. One that fails does not stop the others, however
 * many of them there are: it goes on past them until time is out.
 */
export const settleWrites = async (world: World, remainingMs: () => number): Promise<SettleReport> => {
  const report: SettleReport = { settled: [], failed: [] };
  for await (const head of overdueHeads(world)) {
    if (remainingMs() < ONE_SETTLE_MS) break;
    try {
      const settled = await settleDocument(world, head);
      if (settled) report.settled.push(settled);
    } catch (error) {
      report.failed.push({ project: head.project, file_path: head.file_path, error });
    }
  }
  return report;
};

async function* overdueHeads(world: World): AsyncGenerator<Reserved> {
  const now = timestamp(world);
  let heads = await world.documents.overdue(now, PAGE);
  while (heads.length > 0) {
    yield* heads;
    heads = await world.documents.overdue(now, PAGE, heads.at(-1));
  }
}

/** Settles the document's open operation if it is dead; `undefined` if there is none, or someone else did it. */
export const settleDocument = async (world: World, seen: Head): Promise<Settled | undefined> => {
  const head = await world.documents.head(seen.project, seen.file_path);
  if (!isReserved(head) || isAlive(head.open, world.clock.now())) return undefined;
  try {
    const outcome = await settleOpen(world, head);
    return {
      project: head.project,
      correlation_id: head.open.correlation_id,
      file_path: head.file_path,
      outcome,
    };
  } catch (error) {
    if (error instanceof FencedError) return undefined;
    throw error;
  }
};

const settleOpen = async (world: World, head: Reserved): Promise<Settled['outcome']> => {
  const undo = head.open.decision === 'abort' ? await world.documents.undo(head.open.op_id) : undefined;
  if (undo) {
    await recordSettled(world, { ...eventsOf(head), version: undo.version }, 'rolled_back');
    await finishRollback(world, head, undo);
    return 'rolled_back';
  }
  const { project, file_path, open } = head;
  const isIn =
    open.decision === 'commit' ||
    (await world.graph.fence(project, file_path, open.op_id, open.version)) === 'committed';
  if (!isWrite(head))
    return await endRepair(world, head, 'the process died', (outcome) =>
      recordSettled(world, eventsOf(head), outcome),
    );
  return isIn ? await settleForward(world, head) : await settleFailed(world, head);
};

const isWrite = ({ open }: Reserved) => open.kind === 'write' || open.kind === 'removal';

/** The graph has it: the collection is brought to what the graph holds, and the write ends as if nothing had been. */
const settleForward = async (world: World, head: Reserved): Promise<Settled['outcome']> => {
  const manifest = await announcedManifest(world, head);
  await rollForward(world, head, manifest);
  await recordSettled(world, eventsOf(head), 'rolled_forward');
  await completeOperation(world, head, manifest);
  return 'rolled_forward';
};

/** The graph never had it, and since the fence never will: no store was touched. */
const settleFailed = async (world: World, head: Reserved): Promise<Settled['outcome']> => {
  await world.documents.decide(head, 'abort');
  await recordSettled(world, eventsOf(head), 'failed');
  await recordOnce(world, 'write_failed', operationEvent(eventsOf(head), 'write_failed'), {
    status: 'failed',
    error: 'the process died',
  });
  await world.documents.close(head, timestamp(world));
  return 'failed';
};

const recordSettled = (world: World, operation: ReturnType<typeof eventsOf>, outcome: Settled['outcome']) =>
  recordOnce(world, 'write_settled', operationEvent(operation, 'write_settled'), {
    status: outcome,
    metadata: { outcome },
  });

const announcedManifest = async (world: World, head: Reserved): Promise<Manifest> => {
  const { stream, position } = operationEvent(eventsOf(head), 'write_started');
  const started = await world.events.get(stream, position);
  if (started?.manifest === undefined)
    throw new Error(`write_started of ${head.project} version ${head.open.version} carries no manifest`);
  return { version: head.open.version, ...started.manifest };
};

import { type StoredChunk, trueHash } from '../domain/chunk.ts';
import type { EventManifest, EventType, SyncEvent } from '../domain/event.ts';
import { closeWith } from './close-with.ts';
import { operationEvent, recordOnce } from './journal.ts';
import { eventsOf, type Reserved } from './reservation.ts';
import { timestamp, type World } from './world.ts';

/** How a repair, or the undoing of one, tells that it has come to its end. */
const ENDS: EventType[] = ['repair_completed', 'chunk_restored'];

type Outcome = 'completed' | 'failed';

/**
 * Ends a repair that did not come to its own end, after the graph has been fenced. If it had recorded its end, only
 * closing was left, with the manifest that it may carry; if it had decided to, it was proven; else it failed, and what
 * it left undone is drift for the next scan.
 */
export const endRepair = async (
  world: World,
  head: Reserved,
  error: string,
  recordSettled?: (outcome: Outcome) => Promise<unknown>,
): Promise<Outcome> => {
  const decision = await world.documents.decide(head, 'abort');
  const end = await recordedEnd(world, head);
  const outcome = end || decision === 'commit' ? 'completed' : 'failed';
  await recordSettled?.(outcome);
  const manifest = end ? end.manifest : outcome === 'completed' ? await chosen(world, head) : undefined;
  if (!end) await recordEnd(world, head, outcome, error, manifest);
  await closeWith(world.documents, head, timestamp(world), manifest && committedBy(head, manifest));
  return outcome;
};

const recordEnd = (
  world: World,
  head: Reserved,
  outcome: Outcome,
  error: string,
  manifest: EventManifest | undefined,
) => {
  const type = outcome === 'completed' ? 'repair_completed' : 'repair_failed';
  const facts = outcome === 'completed' ? { status: 'repaired' } : { status: 'failed', error };
  const place = operationEvent(eventsOf(head), type);
  // What this operation has done bears its name.
  const metadata = { op_id: head.open.op_id };
  return recordOnce(world, type, place, { ...facts, metadata, ...(manifest ? { manifest } : {}) });
};

/**
 * What a person's authority has made of the document, by the stores themselves: a text other than was meant that
 * stands on both sides under this very repair's name is what the person chose. `undefined`: there is none.
 */
const chosen = async (world: World, head: Reserved): Promise<EventManifest | undefined> => {
  const { chunks, removed } = await world.documents.manifest(head);
  const ids = chunks.map(({ chunk_id }) => chunk_id);
  const [graph, vectors] = await Promise.all([
    world.graph.read(head.project, ids),
    world.vectors.read(head.project, ids),
  ]);
  const { op_id, version } = head.open;
  const next = chunks.map((entry) => {
    const hashes = [graph, vectors].map((side) => hashBy(op_id, side.get(entry.chunk_id)));
    const [hash] = hashes;
    const isChosen = hash && hash === hashes[1] && hash !== entry.content_hash;
    return isChosen ? { ...entry, content_hash: hash, version } : entry;
  });
  return next.every((entry, index) => entry === chunks[index]) ? undefined : { chunks: next, removed };
};

const hashBy = (op_id: string, stored: StoredChunk | undefined): string | null =>
  stored?.write_id === op_id ? trueHash(stored) : null;

const recordedEnd = async (world: World, head: Reserved): Promise<SyncEvent | undefined> => {
  for (const type of ENDS) {
    const { stream, position } = operationEvent(eventsOf(head), type);
    const event = await world.events.get(stream, position);
    if (event) return event;
  }
  return undefined;
};

const committedBy = (head: Reserved, manifest: EventManifest) => ({
  manifest: { version: head.open.version, ...manifest },
  state: 'present' as const,
});

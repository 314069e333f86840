import type { EventType, SyncEvent } from '../domain/event.ts';
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
  if (!end) await recordEnd(world, head, outcome, error);
  await world.documents.close(head, timestamp(world), end && committedBy(head, end));
  return outcome;
};

const recordEnd = (world: World, head: Reserved, outcome: Outcome, error: string) => {
  const type = outcome === 'completed' ? 'repair_completed' : 'repair_failed';
  const facts = outcome === 'completed' ? { status: 'repaired' } : { status: 'failed', error };
  return recordOnce(world, type, operationEvent(eventsOf(head), type), facts);
};

const recordedEnd = async (world: World, head: Reserved): Promise<SyncEvent | undefined> => {
  for (const type of ENDS) {
    const { stream, position } = operationEvent(eventsOf(head), type);
    const event = await world.events.get(stream, position);
    if (event) return event;
  }
  return undefined;
};

const committedBy = (head: Reserved, { manifest }: SyncEvent) =>
  manifest && { manifest: { version: head.open.version, ...manifest }, state: 'present' as const };

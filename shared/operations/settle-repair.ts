import type { EventType, SyncEvent } from '../domain/event.ts';
import { operationEvent, recordOnce } from './journal.ts';
import { eventsOf, type Reserved } from './reservation.ts';
import { timestamp, type World } from './world.ts';

/** How a repair, or the undoing of one, tells that it has come to its end. */
const ENDS: EventType[] = ['repair_completed', 'chunk_restored'];

/**
 * Ends a repair whose process died, after the graph has been fenced. If it had recorded its end, only closing was left,
 * with the manifest that it may carry; else it failed, and what it left undone is drift for the next scan.
 */
export const settleRepair = async (
  world: World,
  head: Reserved,
  recordSettled: (outcome: 'completed' | 'failed') => Promise<unknown>,
): Promise<'completed' | 'failed'> => {
  const end = await recordedEnd(world, head);
  await recordSettled(end ? 'completed' : 'failed');
  if (!end) {
    const place = operationEvent(eventsOf(head), 'repair_failed');
    await recordOnce(world, 'repair_failed', place, { status: 'failed', error: 'the process died' });
  }
  await world.documents.close(head, timestamp(world), end && committedBy(head, end));
  return end ? 'completed' : 'failed';
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

import type { Head, ManifestEntry } from '../domain/document.ts';
import type { SyncEvent } from '../domain/event.ts';
import { NotFoundError } from '../errors.ts';
import { documentEvents } from './event-pages.ts';
import type { World } from './world.ts';

/** A document as it was at some time: its newest committed content, and whether a write was under way. */
export interface AsOf {
  version: number;
  state: 'present' | 'deleted' | 'in_flight';
  chunks: ManifestEntry[];
}

interface Fold {
  /** The content that stood: what the newest operation that had ended well by then had announced. */
  stood?: Omit<AsOf, 'state'>;
  /** The write that had begun by then and not ended. */
  begun?: SyncEvent;
}

/**
 * Folds the document's events up to a time, inclusive. `undefined`: the document was not there yet. Throws
 * NotFoundError `archived` if the events of that time have gone from the event store.
 */
export const documentAsOf = async (
  world: Pick<World, 'events' | 'documents'>,
  head: Head,
  at: string,
): Promise<AsOf | undefined> => {
  let fold: Fold = {};
  let first: number | undefined;
  for await (const event of documentEvents(world, head.project, head.file_path)) {
    first ??= event.version;
    if (event.timestamp <= at) fold = evolve(fold, event);
  }
  const { stood, begun } = fold;
  if (stood === undefined && begun === undefined) return await beforeHistory(world, head, at, first);
  const state = begun ? 'in_flight' : stood && stood.chunks.length > 0 ? 'present' : 'deleted';
  return { version: stood?.version ?? 0, chunks: stood?.chunks ?? [], state };
};

/** A write's manifest comes with its first event and counts from its last; an undo's and an overruling's with one. */
const evolve = (fold: Fold, event: SyncEvent): Fold => {
  const { event_type, manifest, version = 0 } = event;
  const { begun, ...ended } = fold;
  switch (event_type) {
    case 'write_started':
      return { ...fold, begun: event };
    case 'write_completed':
      return event.status === 'unchanged' || begun?.version !== version
        ? ended
        : { ...ended, stood: { version: versionOf(event), chunks: begun.manifest?.chunks ?? [] } };
    case 'write_failed':
      return ended;
    case 'rollback_completed':
      return manifest && ended.stood ? { stood: { ...ended.stood, chunks: manifest.chunks } } : ended;
    case 'repair_completed':
    case 'chunk_restored':
      return manifest ? { ...fold, stood: { version, chunks: manifest.chunks } } : fold;
    default:
      return fold;
  }
};

/** That of the committed content, which a write that only brought a side back to it leaves as it was. */
const versionOf = ({ metadata, version = 0 }: SyncEvent): number =>
  typeof metadata?.version === 'number' ? metadata.version : version;

/** Where the log begins later than the document: what has stood since before that time is known from its head. */
const beforeHistory = async (
  { documents }: Pick<World, 'documents'>,
  head: Head,
  at: string,
  first: number | undefined,
): Promise<AsOf | undefined> => {
  if (head.committed_at !== undefined && head.committed_at <= at) {
    const { chunks } = await documents.manifest(head);
    return { version: head.committed, chunks, state: chunks.length > 0 ? 'present' : 'deleted' };
  }
  if (head.committed > 0 && (first === undefined || first > 1))
    throw new NotFoundError(
      `the events of ${head.file_path} up to ${at} are in the archive only`,
      'archived',
    );
  return undefined;
};

import type { Head, ManifestEntry } from '../domain/document.ts';
import type { SyncEvent } from '../domain/event.ts';
import { archivedBefore, type Period } from '../domain/retention.ts';
import { ArchivedError } from '../errors.ts';
import { documentEvents } from './event-pages.ts';
import type { World } from './world.ts';

/** A document as it was at some time: its newest committed content, and whether a write was under way. */
export interface AsOf {
  version: number;
  state: 'present' | 'deleted' | 'in_flight';
  chunks: ManifestEntry[];
}

interface Fold {
  /** The content that stood: what the newest operation that had ended well by then had announced, and since when. */
  stood?: Omit<AsOf, 'state'> & { since: string };
  /** The write that had begun by then and not ended. */
  begun?: SyncEvent;
}

/**
 * Folds the document's events up to a time, inclusive. `undefined`: the document was not there yet. Throws
 * ArchivedError if that depends on events of an archived period.
 */
export const documentAsOf = async (
  world: Pick<World, 'events' | 'documents'>,
  head: Head,
  at: string,
  archived: Period[],
): Promise<AsOf | undefined> => {
  let fold: Fold = {};
  let first: SyncEvent | undefined;
  for await (const event of documentEvents(world, head.project, head.file_path)) {
    first ??= event;
    if (event.timestamp <= at) fold = evolve(fold, event);
  }
  const { stood, begun } = fold;
  const gone = archivedBefore(archived, { since: stood?.since ?? birthOf(first), until: justAfter(at) });
  if (gone !== undefined) return await fromHead(world, head, at, gone);
  if (stood === undefined && begun === undefined) return undefined;
  const state = begun ? 'in_flight' : stateOf(stood?.chunks ?? []);
  return { version: stood?.version ?? 0, chunks: stood?.chunks ?? [], state };
};

const stateOf = ({ length }: ManifestEntry[]) => (length > 0 ? 'present' : 'deleted');
const justAfter = (at: string) => new Date(Date.parse(at) + 1).toISOString();

/** Before its first operation a document has no past: an archived time before it hides nothing. */
const birthOf = (first: SyncEvent | undefined) =>
  first?.version !== undefined && first.version <= 1 ? first.timestamp : '';

/** A write's manifest comes with its first event and counts from its last; an undo's and an overruling's with one. */
const evolve = (fold: Fold, event: SyncEvent): Fold => {
  const { event_type, manifest, version = 0, timestamp: since } = event;
  const { begun, ...ended } = fold;
  switch (event_type) {
    case 'write_started':
      return { ...fold, begun: event };
    case 'write_completed':
      return event.status === 'unchanged' || begun?.version !== version
        ? ended
        : { ...ended, stood: { version: versionOf(event), chunks: begun.manifest?.chunks ?? [], since } };
    case 'write_failed':
      return ended;
    // It says what it left, and no version: only where what stood is known, it is known what stands.
    case 'rollback_completed':
      return manifest && ended.stood ? { stood: { ...ended.stood, chunks: manifest.chunks } } : ended;
    case 'repair_completed':
    case 'chunk_restored':
      return manifest ? { ...fold, stood: { version, chunks: manifest.chunks, since } } : fold;
    default:
      return fold;
  }
};

/** That of the committed content, which a write that only brought a side back to it leaves as it was. */
const versionOf = ({ metadata, version = 0 }: SyncEvent): number =>
  typeof metadata?.version === 'number' ? metadata.version : version;

/** What has stood since before an archived period is known from the document's head, whose manifest never goes. */
const fromHead = async (
  { documents }: Pick<World, 'documents'>,
  head: Head,
  at: string,
  gone: string,
): Promise<AsOf> => {
  if (head.committed_at === undefined || head.committed_at > at)
    throw new ArchivedError(`what ${head.file_path} was at ${at}`, gone);
  const { chunks } = await documents.manifest(head);
  return { version: head.committed, chunks, state: stateOf(chunks) };
};

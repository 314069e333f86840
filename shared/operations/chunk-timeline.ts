import type { ChunkId } from '../domain/chunk.ts';
import type { SyncEvent } from '../domain/event.ts';
import { documentEvents } from './event-pages.ts';
import type { World } from './world.ts';

/**
 * The part of a document's story that is this chunk's: operations that changed or removed it, with all their phases,
 * and whatever else names it. In order of version and phase, without manifests.
 */
export const chunkTimeline = async (
  world: Pick<World, 'events'>,
  project: string,
  file_path: string,
  chunk_id: ChunkId,
): Promise<SyncEvent[]> => {
  const timeline: SyncEvent[] = [];
  const versions = new Set<number>();
  let isHeld = false;
  for await (const { manifest, ...event } of documentEvents(world, project, file_path)) {
    const entry = manifest?.chunks.find((one) => one.chunk_id === chunk_id);
    const isChanged = entry !== undefined && entry.version === event.version;
    const isRemoved = manifest !== undefined && entry === undefined && isHeld;
    if (manifest) isHeld = entry !== undefined;
    const concerns = isChanged || isRemoved || names(event, chunk_id);
    if (concerns && event.version !== undefined) versions.add(event.version);
    if (concerns || (event.version !== undefined && versions.has(event.version))) timeline.push(event);
  }
  return timeline;
};

/** Repairs, drifts, quarantine and undo list their chunks in `metadata`, each in its own shape. */
const names = ({ neo4j_id, qdrant_id, metadata }: Omit<SyncEvent, 'manifest'>, chunk_id: ChunkId) =>
  neo4j_id === chunk_id || qdrant_id === chunk_id || JSON.stringify(metadata ?? null).includes(chunk_id);

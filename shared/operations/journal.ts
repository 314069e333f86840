import { documentPosition, documentStream, type EventType, type SyncEvent } from '../domain/event.ts';
import { ConflictError } from '../errors.ts';
import { timestamp, type World } from './world.ts';

export type Facts = Pick<
  SyncEvent,
  | 'status'
  | 'error'
  | 'metadata'
  | 'duration_ms'
  | 'manifest'
  | 'neo4j_id'
  | 'qdrant_id'
  | 'chunk_index'
  | 'causation_id'
>;

type Identity = Pick<SyncEvent, 'project' | 'correlation_id' | 'stream' | 'position'> &
  Partial<Pick<SyncEvent, 'file_path' | 'version' | 'idempotency_key'>>;

/** Appends one event. Throws ConflictError `event_conflict` if its position already tells another fact. */
export const record = async (
  world: Pick<World, 'events' | 'clock' | 'ids'>,
  event_type: EventType,
  identity: Identity,
  facts: Facts = {},
): Promise<'stored' | 'duplicate'> => {
  const { outcome } = await world.events.append({
    event_id: world.ids.uuid(),
    event_type,
    timestamp: timestamp(world),
    idempotency_key: `${identity.stream}|${identity.position}`,
    schema_version: 1,
    ...identity,
    ...facts,
  });
  return outcome;
};

/** As `record`, where a fact already told at that position stands: whoever told it first was there. */
export const recordOnce = async (
  world: Pick<World, 'events' | 'clock' | 'ids'>,
  event_type: EventType,
  identity: Identity,
  facts: Facts = {},
): Promise<'stored' | 'duplicate'> => {
  try {
    return await record(world, event_type, identity, facts);
  } catch (error) {
    if (error instanceof ConflictError && error.code === 'event_conflict') return 'duplicate';
    throw error;
  }
};

/** The identity of an operation's event: one of each type at each version of the document. */
export const operationEvent = (
  operation: { project: string; file_path: string; version: number; correlation_id: string },
  event_type: EventType,
  detail?: string,
): Identity => ({
  project: operation.project,
  file_path: operation.file_path,
  version: operation.version,
  correlation_id: operation.correlation_id,
  stream: documentStream(operation.project, operation.file_path),
  position: documentPosition(operation.version, event_type, detail),
});

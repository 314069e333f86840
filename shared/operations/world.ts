import type {
  Breakers,
  Bus,
  Clock,
  Documents,
  Drifts,
  Embedder,
  EventStore,
  GraphStore,
  Ids,
  Limits,
  Projects,
  Quarantine,
  Repairs,
  Scans,
  VectorStore,
} from '../ports.ts';

/** Every port that the operations use. The composition roots build one; a test may wrap any part of it. */
export interface World {
  graph: GraphStore;
  vectors: VectorStore;
  embedder: Embedder;
  events: EventStore;
  documents: Documents;
  projects: Projects;
  scans: Scans;
  drifts: Drifts;
  repairs: Repairs;
  breakers: Breakers;
  limits: Limits;
  quarantine: Quarantine;
  bus: Bus;
  clock: Clock;
  ids: Ids;
}

export const timestamp = (world: Pick<World, 'clock'>, offsetMs = 0): string =>
  new Date(world.clock.now() + offsetMs).toISOString();

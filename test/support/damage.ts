import { plainQdrant } from './real-services.ts';
import type { LocalWorld } from './world.ts';

/** Damage straight through the stores' own clients, behind Lockstep's back. */
export interface Damage {
  deletePoints(ids: string[]): Promise<void>;
  deleteNodes(ids: string[]): Promise<void>;
  setNode(id: string, properties: Record<string, unknown>): Promise<void>;
  setPayload(id: string, payload: Record<string, unknown>): Promise<void>;
  setVector(id: string, vector: number[]): Promise<void>;
  upsertPoint(id: string, payload: Record<string, unknown>, vector: number[]): Promise<void>;
  createNode(properties: Record<string, unknown>): Promise<void>;
  emptyCollection(): Promise<void>;
  dropCollection(): Promise<void>;
}

export const damageTo = ({
  cypher,
  qdrant: at,
  project,
}: Pick<LocalWorld, 'cypher' | 'qdrant' | 'project'>): Damage => {
  const qdrant = plainQdrant(at);
  const collection = `project-${project}`;
  const run = (statement: string, parameters: Record<string, unknown>) =>
    cypher.write(async (inTransaction) => {
      await inTransaction(statement, { project, ...parameters });
    });
  return {
    deletePoints: async (points) => void (await qdrant.delete(collection, { points, wait: true })),
    deleteNodes: (ids) =>
      run('MATCH (c:Chunk) WHERE c.project = $project AND c.chunk_id IN $ids DETACH DELETE c', { ids }),
    setNode: (id, properties) =>
      run('MATCH (c:Chunk) WHERE c.project = $project AND c.chunk_id = $id SET c += $properties', {
        id,
        properties,
      }),
    setPayload: async (id, payload) =>
      void (await qdrant.setPayload(collection, { payload, points: [id], wait: true })),
    setVector: async (id, vector) =>
      void (await qdrant.updateVectors(collection, { points: [{ id, vector }], wait: true })),
    upsertPoint: async (id, payload, vector) =>
      void (await qdrant.upsert(collection, { points: [{ id, payload, vector }], wait: true })),
    createNode: (properties) => run('CREATE (c:Chunk) SET c = $properties', { properties }),
    emptyCollection: async () => void (await qdrant.delete(collection, { filter: { must: [] }, wait: true })),
    dropCollection: async () => void (await qdrant.deleteCollection(collection)),
  };
};

// Damage done straight through the stores' own clients, behind Lockstep's back. The scan is told nothing of it.

import type { QdrantClient } from '@qdrant/js-client-rest';
import type { CypherClient } from '../../../shared/adapters/neo4j-client.ts';
import { contentHash } from '../../../shared/domain/chunk.ts';
import type { Snapshots } from './comparison.ts';

export interface Planted {
  damage: string;
  chunk_id: string;
}

export interface Stores {
  cypher: CypherClient;
  qdrant: QdrantClient;
  project: string;
}

type Damage = (stores: Stores, ids: string[], before: Snapshots) => Promise<unknown>;

const collection = ({ project }: Stores) => `project-${project}`;
const waiting = { wait: true } as const;

export const KILLED_WRITER = 'a writer killed between the two stores';
export const BROUGHT_BACK = "a deleted document's point brought back";

/** What is done to the stores, and to how many chunks. */
export const DAMAGES: { damage: string; count: number; inflict: Damage }[] = [
  {
    damage: 'points deleted from Qdrant',
    count: 5,
    inflict: (stores, ids) => stores.qdrant.delete(collection(stores), { points: ids, ...waiting }),
  },
  {
    damage: 'nodes deleted from Neo4j',
    count: 4,
    inflict: ({ cypher, project }, ids) =>
      cypher.write((run) =>
        run('MATCH (c:Chunk) WHERE c.project = $project AND c.chunk_id IN $ids DETACH DELETE c', {
          project,
          ids,
        }),
      ),
  },
  {
    damage: 'text altered in Neo4j, stored hash left',
    count: 3,
    inflict: ({ cypher, project }, ids) =>
      cypher.write((run) =>
        run(
          "MATCH (c:Chunk) WHERE c.project = $project AND c.chunk_id IN $ids SET c.content = c.content + ' (edited)'",
          {
            project,
            ids,
          },
        ),
      ),
  },
  {
    damage: 'text altered in Qdrant together with its stored hash',
    count: 3,
    inflict: (stores, ids, before) =>
      each(ids, (id) => {
        const content = `${before.vectors.get(id)?.content} (edited)`;
        const payload = { content, content_hash: contentHash(content) };
        return stores.qdrant.setPayload(collection(stores), { payload, points: [id], ...waiting });
      }),
  },
  {
    damage: 'line numbers altered in Qdrant',
    count: 2,
    inflict: (stores, ids) =>
      stores.qdrant.setPayload(collection(stores), {
        payload: { start_line: 9_999 },
        points: ids,
        ...waiting,
      }),
  },
  {
    damage: 'vector set to zero',
    count: 3,
    inflict: async (stores, ids) => {
      const { config } = await stores.qdrant.getCollection(collection(stores));
      const size = (config.params.vectors as { size: number }).size;
      const points = ids.map((id) => ({ id, vector: new Array<number>(size).fill(0) }));
      return await stores.qdrant.updateVectors(collection(stores), { points, ...waiting });
    },
  },
];

const each = async (ids: string[], act: (id: string) => Promise<unknown>) => {
  for (const id of ids) await act(id);
};

/** Spreads the damage over chunks that are far apart, each hit once, and says which. */
export const inflictAll = async (
  stores: Stores,
  before: Snapshots,
  spared: Set<string>,
): Promise<Planted[]> => {
  const ids = [...before.graph.keys()].filter((id) => !spared.has(id)).sort();
  const wanted = DAMAGES.reduce((sum, { count }) => sum + count, 0);
  const stride = Math.max(1, Math.floor(ids.length / (wanted + 1)));
  const planted: Planted[] = [];
  for (const { damage, count, inflict } of DAMAGES) {
    const hit = Array.from({ length: count }, (_, n) => ids[(planted.length + n + 1) * stride]).filter(
      (id) => id !== undefined,
    );
    await inflict(stores, hit, before);
    planted.push(...hit.map((chunk_id) => ({ damage, chunk_id })));
  }
  return planted;
};

/** The points of a document as they are now, to bring them back after its deletion. */
export const keepPoints = async ({ qdrant, ...stores }: Stores, ids: string[]) =>
  await qdrant.retrieve(collection({ qdrant, ...stores }), { ids, with_payload: true, with_vector: true });

/** What an old snapshot does: points of a deleted document stand there again. */
export const bringBack = async (
  stores: Stores,
  points: Awaited<ReturnType<typeof keepPoints>>,
): Promise<Planted[]> => {
  const whole = points.map(({ id, payload, vector }) => ({
    id,
    payload: payload ?? {},
    vector: vector as number[],
  }));
  await stores.qdrant.upsert(collection(stores), { points: whole, ...waiting });
  return points.map(({ id }) => ({
    damage: BROUGHT_BACK,
    chunk_id: String(id),
  }));
};

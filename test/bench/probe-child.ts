// A client of both stores in a process of its own: single reads at a steady rate, whether or not the last has been
// answered, so that a slow answer hides none of those that waited behind it.

import { setInterval } from 'node:timers/promises';
import { neo4jClient } from '../../shared/adapters/neo4j-client.ts';
import { plainQdrant, realNeo4j, realQdrant } from '../support/real-services.ts';

export interface Asked {
  project: string;
  ids: string[];
}
/** When a read was begun, and how long it took. */
export type Read = [at: number, ms: number];
export type Answered = Record<'graph' | 'vectors', Read[]>;

/** Each store is asked so often, in turns. */
const EVERY_MS = 20;

const NODE = 'MATCH (c:Chunk) WHERE c.project = $project AND c.chunk_id = $id RETURN c.content AS content';

const probe = async ({ project, ids }: Asked): Promise<void> => {
  const answered: Answered = { graph: [], vectors: [] };
  const [config, at] = [realNeo4j() ?? { uri: '' }, realQdrant() ?? { url: '' }];
  const cypher = neo4jClient({ config: async () => config });
  const qdrant = plainQdrant(at);
  const one = {
    graph: (id: string) => cypher.run(NODE, { project, id }),
    vectors: (id: string) =>
      qdrant.retrieve(`project-${project}`, { ids: [id], with_payload: true, with_vector: false }),
  };
  const ask = async (side: keyof Answered, count: number) => {
    const [started, at] = [performance.now(), Date.now()];
    await one[side](ids[count % ids.length] ?? '');
    answered[side].push([at, performance.now() - started]);
  };
  process.once('message', () => process.send?.(answered, () => process.exit()));
  process.send?.('ready');
  let count = 0;
  for await (const _ of setInterval(EVERY_MS / 2)) {
    count++;
    void ask(count % 2 === 0 ? 'graph' : 'vectors', count);
  }
};

process.once('message', (asked: Asked) => void probe(asked));

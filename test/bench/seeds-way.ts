// The way of Lockstep's predecessor (the seed): all ids of both sides in memory, then a sample, chunk by chunk.

import type { Stage } from './stage.ts';

export interface SeedsFindings {
  /** Ids that one side lacks, or whose texts differ. */
  found: Set<string>;
  idSeconds: number;
  sampled: number;
  sampleSeconds: number;
}

export const seedsWay = async (stage: Stage, project: string, percent: number): Promise<SeedsFindings> => {
  const started = performance.now();
  const [nodes, points] = await Promise.all([nodeIds(stage, project), pointIds(stage, project)]);
  const shared = [...nodes].filter((id) => points.has(id));
  const found = new Set([...nodes, ...points].filter((id) => !nodes.has(id) || !points.has(id)));
  const listed = performance.now();
  const sample = shared.filter(() => Math.random() < percent / 100);
  for (const id of sample) if (await textsDiffer(stage, project, id)) found.add(id);
  const ended = performance.now();
  return {
    found,
    idSeconds: (listed - started) / 1000,
    sampled: sample.length,
    sampleSeconds: (ended - listed) / 1000,
  };
};

const nodeIds = async ({ cypher }: Stage, project: string): Promise<Set<string>> => {
  const rows = await cypher.run('MATCH (c:Chunk {project: $project}) RETURN c.chunk_id AS id', { project });
  return new Set(rows.map(({ id }) => id as string));
};

const PAGE = 1_000;

const pointIds = async ({ qdrant }: Stage, project: string): Promise<Set<string>> => {
  const ids = new Set<string>();
  let offset: unknown;
  do {
    const page = await qdrant.scroll(`project-${project}`, {
      limit: PAGE,
      with_payload: false,
      with_vector: false,
      ...(typeof offset === 'string' ? { offset } : {}),
    });
    for (const { id } of page.points) ids.add(String(id));
    offset = page.next_page_offset;
  } while (typeof offset === 'string');
  return ids;
};

const textsDiffer = async ({ cypher, qdrant }: Stage, project: string, id: string): Promise<boolean> => {
  const [nodes, points] = await Promise.all([
    cypher.run('MATCH (c:Chunk {project: $project, chunk_id: $id}) RETURN c.content AS content', {
      project,
      id,
    }),
    qdrant.retrieve(`project-${project}`, { ids: [id], with_payload: ['content'], with_vector: false }),
  ]);
  return nodes[0]?.content !== points[0]?.payload?.content;
};

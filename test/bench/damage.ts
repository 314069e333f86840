// Damage straight through the stores' own clients. Every chunk is of another document.

import { chunkId } from '../../shared/domain/chunk.ts';
import { CHUNKS_PER_DOCUMENT, pathOf } from './corpus.ts';
import type { Stage } from './stage.ts';

export interface Damaged {
  /** Text altered in the graph or in the collection, the stored hash left as it was. */
  altered: string[];
  /** Gone from the graph or from the collection. */
  missing: string[];
}

export interface DamagePlan {
  project: string;
  documents: number;
  /** How many of each kind, half of them on either side. */
  each: number;
  /** The first document to damage, so that two rounds never meet. */
  from: number;
  isAltering?: boolean;
}

export const damage = async (stage: Stage, plan: DamagePlan): Promise<Damaged> => {
  const altered = plan.isAltering === false ? [] : chosen(plan, 0);
  const missing = chosen(plan, plan.each);
  const half = plan.each / 2;
  await Promise.all([
    alterNodes(stage, plan.project, altered.slice(0, half)),
    alterPoints(stage, plan.project, altered.slice(half)),
    deleteNodes(stage, plan.project, missing.slice(0, half)),
    stage.qdrant.delete(`project-${plan.project}`, { points: missing.slice(half), wait: true }),
  ]);
  return { altered, missing };
};

const chosen = ({ project, documents, each, from }: DamagePlan, skip: number): string[] =>
  Array.from({ length: each }, (_, at) => {
    const document = (from + skip + at) % documents;
    return chunkId(project, pathOf(document), (document * 7) % CHUNKS_PER_DOCUMENT);
  });

const alterNodes = ({ cypher }: Stage, project: string, ids: string[]) =>
  cypher.write((run) =>
    run(
      `UNWIND $ids AS id MATCH (c:Chunk {project: $project, chunk_id: id})
SET c.content = 'altered behind its back: ' + id`,
      { project, ids },
    ),
  );

const alterPoints = async ({ qdrant }: Stage, project: string, ids: string[]) => {
  for (const id of ids)
    await qdrant.setPayload(`project-${project}`, {
      payload: { content: `altered behind its back: ${id}` },
      points: [id],
      wait: true,
    });
};

const deleteNodes = ({ cypher }: Stage, project: string, ids: string[]) =>
  cypher.write((run) =>
    run('UNWIND $ids AS id MATCH (c:Chunk {project: $project, chunk_id: id}) DETACH DELETE c', {
      project,
      ids,
    }),
  );

// The independent comparison at the end of the demonstration: plain reads through the stores' own clients, none of
// the scan's code. It believes nothing that Lockstep says about itself.

import { createHash } from 'node:crypto';
import type { QdrantClient } from '@qdrant/js-client-rest';
import type { CypherClient } from '../../../shared/adapters/neo4j-client.ts';

/** Everything one side holds of a project: what matters of each chunk, in one string. */
export type Snapshot = Map<string, { facts: string; vector: string; content: string }>;

export interface Snapshots {
  graph: Snapshot;
  vectors: Snapshot;
}

const FACTS = [
  'content',
  'content_hash',
  'file_path',
  'chunk_index',
  'start_line',
  'end_line',
  'version',
] as const;
const PAGE = 1_000;

const factsOf = (properties: Record<string, unknown>) =>
  JSON.stringify(FACTS.map((name) => properties[name] ?? null));

export const snapshot = async (
  cypher: CypherClient,
  qdrant: QdrantClient,
  project: string,
): Promise<Snapshots> => {
  const [graph, vectors] = await Promise.all([
    graphSnapshot(cypher, project),
    vectorSnapshot(qdrant, project),
  ]);
  return { graph, vectors };
};

const NODES = `MATCH (c:Chunk) WHERE c.project = $project AND c.chunk_id > $after
RETURN c.chunk_id AS id, properties(c) AS properties ORDER BY c.chunk_id LIMIT $limit`;

const graphSnapshot = async (cypher: CypherClient, project: string): Promise<Snapshot> => {
  const found: Snapshot = new Map();
  for (let after = ''; ; ) {
    const rows = await cypher.run(NODES, { project, after, limit: PAGE });
    for (const { id, properties } of rows as { id: string; properties: Record<string, unknown> }[])
      found.set(id, { facts: factsOf(properties), vector: '', content: String(properties.content ?? '') });
    if (rows.length < PAGE) return found;
    after = String(rows.at(-1)?.id);
  }
};

const vectorSnapshot = async (qdrant: QdrantClient, project: string): Promise<Snapshot> => {
  const found: Snapshot = new Map();
  let offset: string | number | Record<string, unknown> | undefined | null;
  do {
    const page = await qdrant.scroll(`project-${project}`, {
      limit: PAGE,
      with_payload: true,
      with_vector: true,
      ...(offset ? { offset: offset as string } : {}),
    });
    for (const { id, payload, vector } of page.points)
      found.set(String(id), {
        facts: factsOf(payload ?? {}),
        vector: digest(vector),
        content: String(payload?.content ?? ''),
      });
    offset = page.next_page_offset;
  } while (offset);
  return found;
};

/** A vector to five digits: an embedding made again may differ in the last bit. */
const digest = (vector: unknown): string => {
  const numbers = Array.isArray(vector) ? (vector as number[]) : [];
  return createHash('sha256')
    .update(numbers.map((x) => x.toFixed(5)).join(' '))
    .digest('hex')
    .slice(0, 16);
};

export interface Comparison {
  graph: number;
  vectors: number;
  /** Chunks that the two sides do not hold alike now. */
  differing: number;
  /** Chunks that nobody damaged and that are not, to the letter, what they were before the damage. */
  untouched_changed: number;
  /** Damaged chunks that are not what they were before the damage. */
  unmended: string[];
}

/** Compares the two sides with each other, and with what they were. `gone`: ids that must not be there at all. */
export const compare = (
  before: Snapshots,
  now: Snapshots,
  damaged: Set<string>,
  gone: Set<string>,
): Comparison => {
  const ids = new Set([...now.graph.keys(), ...now.vectors.keys()]);
  const differing = [...ids].filter((id) => now.graph.get(id)?.facts !== now.vectors.get(id)?.facts);
  const known = new Set([...before.graph.keys(), ...before.vectors.keys(), ...ids]);
  const changed = [...known].filter((id) => !gone.has(id) && !isAsBefore(before, now, id));
  const back = [...gone].filter((id) => ids.has(id));
  return {
    graph: now.graph.size,
    vectors: now.vectors.size,
    differing: differing.length,
    untouched_changed: changed.filter((id) => !damaged.has(id)).length,
    unmended: [...changed.filter((id) => damaged.has(id)), ...back],
  };
};

const isAsBefore = (before: Snapshots, now: Snapshots, id: string): boolean =>
  before.graph.get(id)?.facts === now.graph.get(id)?.facts &&
  before.vectors.get(id)?.facts === now.vectors.get(id)?.facts &&
  before.vectors.get(id)?.vector === now.vectors.get(id)?.vector;

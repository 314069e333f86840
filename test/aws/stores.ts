// Both stores by their own clients, behind Lockstep's back.

import { QdrantClient } from '@qdrant/js-client-rest';
import neo4j from 'neo4j-driver';

const inGraph = async (statement: string, parameters: Record<string, unknown>) => {
  const driver = neo4j.driver(process.env.NEO4J_URI ?? '');
  try {
    return await driver.executeQuery(statement, parameters);
  } finally {
    await driver.close();
  }
};

const inVectors = () => {
  const { hostname, port } = new URL(process.env.QDRANT_URL ?? '');
  return new QdrantClient({ url: `http://${hostname}`, port: Number(port), checkCompatibility: false });
};

export const deleteNode = (project: string, id: string) =>
  inGraph('MATCH (c:Chunk {project: $project, chunk_id: $id}) DETACH DELETE c', { project, id });

export const deletePoint = (project: string, id: string) =>
  inVectors().delete(`project-${project}`, { points: [id], wait: true });

export const textsOf = async (project: string): Promise<{ graph: string[]; vectors: string[] }> => {
  const { records } = await inGraph('MATCH (c:Chunk {project: $project}) RETURN c.content AS content', {
    project,
  });
  const { points } = await inVectors().scroll(`project-${project}`, { limit: 100, with_payload: true });
  return {
    graph: records.map((record) => record.get('content') as string).sort(),
    vectors: points.map(({ payload }) => payload?.content as string).sort(),
  };
};

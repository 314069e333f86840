// Fills a project quickly: nodes and points straight through the stores, in the layout that Lockstep writes, and the
// heads and manifests through the documents port.

import { randomUUID } from 'node:crypto';
import { placePayload, provenancePayload } from '../../shared/adapters/qdrant-points.ts';
import { bucketOf } from '../../shared/domain/chunk.ts';
import { unborn } from '../../shared/domain/document.ts';
import { NATIVE_LAYOUT } from '../../shared/domain/layout.ts';
import { closeWith } from '../../shared/operations/close-with.ts';
import { registerProject } from '../../shared/operations/register-project.ts';
import { targetsOf } from '../support/documents.ts';
import { CHUNKS_PER_DOCUMENT, pathOf, textOf } from './corpus.ts';
import type { Stage } from './stage.ts';
import { upTo } from './timing.ts';

const DOCUMENTS_AT_ONCE = 20;

export const fill = async (stage: Stage, project: string, chunks: number): Promise<void> => {
  const request = { project, correlation_id: randomUUID(), adopt: false, read_only: false };
  await registerProject(stage.world, request);
  const documents = upTo(chunks / CHUNKS_PER_DOCUMENT);
  for (let first = 0; first < documents.length; first += DOCUMENTS_AT_ONCE)
    await store(
      stage,
      documents.slice(first, first + DOCUMENTS_AT_ONCE).map((document) => madeOf(project, document)),
    );
};

const madeOf = (project: string, document: number) => {
  const file_path = pathOf(document);
  const texts = upTo(CHUNKS_PER_DOCUMENT).map((index) => textOf(file_path, index));
  return { project, file_path, targets: targetsOf(project, file_path, texts), write_id: randomUUID() };
};
type Made = ReturnType<typeof madeOf>;

const store = async (stage: Stage, documents: Made[]) => {
  await Promise.all([
    storeNodes(stage, documents),
    ...documents.map((document) => storePoints(stage, document)),
    ...documents.map((document) => storeManifest(stage, document)),
  ]);
};

const NODES = `
UNWIND $documents AS document
CREATE (f:File) SET f = document.file
WITH f, document.chunks AS chunks
UNWIND chunks AS chunk
CREATE (f)-[:HAS_CHUNK {chunk_index: chunk.chunk_index}]->(c:Chunk) SET c = chunk`;

const storeNodes = ({ cypher }: Stage, documents: Made[]) =>
  cypher.write((run) =>
    run(NODES, {
      documents: documents.map(({ project, file_path, write_id, targets }) => ({
        file: { project, file_path, version: 1, op: write_id, write_id },
        chunks: targets.map(({ chunk }) => ({
          ...chunk,
          ...{ project, version: 1, bucket: bucketOf(chunk.chunk_id), write_id },
        })),
      })),
    }),
  );

const storePoints = async ({ world, qdrant }: Stage, { project, targets, write_id }: Made) => {
  const vectors = await world.embedder.embed(targets.map(({ chunk }) => chunk.content));
  const points = targets.map(({ chunk }, i) => ({
    id: chunk.chunk_id,
    vector: (vectors[i] ?? []).map(sixDigits),
    payload: {
      ...placePayload(NATIVE_LAYOUT.vectors, project, write_id, { ...chunk, version: 1 }),
      content: chunk.content,
      ...provenancePayload(NATIVE_LAYOUT.vectors, {
        embedding_model: world.embedder.model,
        embedded_hash: chunk.content_hash,
      }),
    },
  }));
  await qdrant.upsert(`project-${project}`, { wait: true, points });
};

/** A third of the JSON of a double, and far closer than any comparison of vectors looks. */
const sixDigits = (x: number) => Math.round(x * 1e6) / 1e6;

const storeManifest = async ({ world }: Stage, { project, file_path, targets, write_id }: Made) => {
  const now = world.clock.now();
  const [started_at, deadline] = [new Date(now).toISOString(), new Date(now + 60_000).toISOString()];
  const open = {
    op_id: write_id,
    kind: 'write' as const,
    correlation_id: randomUUID(),
    started_at,
    deadline,
  };
  const head = await world.documents.reserve(unborn(project, file_path), open);
  const chunks = targets.map(({ chunk: { chunk_id, content_hash, start_line, end_line } }) => ({
    ...{ chunk_id, content_hash, start_line, end_line, version: 1 },
  }));
  const manifest = { version: 1, chunks, removed: [] };
  await closeWith(world.documents, head, started_at, { manifest, state: 'present' });
};

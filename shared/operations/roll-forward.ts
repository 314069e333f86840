import { type Chunk, type ChunkId, type Embedding, type StoredChunk, trueHash } from '../domain/chunk.ts';
import type { Manifest } from '../domain/document.ts';
import { type Before, pointChange, reusableEmbeddings } from '../domain/write-plan.ts';
import { UnavailableError } from '../errors.ts';
import type { Change } from '../ports.ts';
import { applyAll } from './apply-changes.ts';
import { embeddingsFor } from './embed.ts';
import { otherModel } from './register-project.ts';
import { guardOf, overOf, type Reserved } from './reservation.ts';
import type { World } from './world.ts';

/**
 * Brings the collection to what the graph holds of a write whose process died after its commit. Works under the
 * write's own name, so that its late requests and ours end in the same state.
 */
export const rollForward = async (world: World, head: Reserved, manifest: Manifest): Promise<void> => {
  const before = await readSides(world, head, manifest);
  const needy = chunksOnGraph(head, manifest, before.graph).flatMap((chunk) => {
    const change = pointChange(before.vectors.get(chunk.chunk_id), chunk, world.embedder.model);
    return change === 'none' ? [] : [{ chunk, change }];
  });
  const texts = needy.filter(({ change }) => change === 'put').map(({ chunk }) => chunk);
  if (texts.length > 0) await refuseOtherModel(world, head.project);
  const embeddings = await embeddingsOf(world, texts, before);
  const writes = needy.map(({ chunk, change }): Change => {
    const over = overOf(before.vectors.get(chunk.chunk_id));
    const embedding = embeddings.get(chunk.content_hash);
    return change === 'put' && embedding
      ? { kind: 'put', chunk, embedding, keep_embedding: false, over }
      : { kind: 'place', chunk, over };
  });
  await applyAll(world, 'vectors', guardOf(head), [...removals(head, manifest, before), ...writes]);
};

/** The operation stays open until the project's own embedder is configured again. */
const refuseOtherModel = async ({ projects, embedder }: World, name: string) => {
  const project = await projects.get(name);
  const problem = project && otherModel(embedder, project);
  if (problem) throw new UnavailableError('embedder', 'refused', problem);
};

const readSides = async (world: World, head: Reserved, manifest: Manifest): Promise<Before> => {
  const live = manifest.chunks.map((entry) => entry.chunk_id);
  const [graph, vectors] = await Promise.all([
    world.graph.read(head.project, live, { vectors: true }),
    world.vectors.read(head.project, [...live, ...manifest.removed], { vectors: true }),
  ]);
  return { graph, vectors };
};

/** The chunks of the write, as far as the graph still holds their texts; what it lost since, a scan will find. */
const chunksOnGraph = (head: Reserved, manifest: Manifest, graph: Map<ChunkId, StoredChunk>): Chunk[] =>
  manifest.chunks.flatMap((entry, chunk_index) => {
    const stored = graph.get(entry.chunk_id);
    if (stored?.content == null || trueHash(stored) !== entry.content_hash) return [];
    return [{ ...entry, content: stored.content, file_path: head.file_path, chunk_index }];
  });

const embeddingsOf = (
  world: World,
  chunks: Chunk[],
  { graph, vectors }: Before,
): Promise<Map<string, Embedding>> => {
  const made = reusableEmbeddings(vectors.values(), world.embedder.model);
  const kept = [
    ...reusableEmbeddings(graph.values(), 'caller'),
    ...reusableEmbeddings(graph.values(), world.embedder.model),
  ];
  return embeddingsFor(world, chunks, new Map([...made, ...kept]));
};

const removals = ({ file_path }: Reserved, manifest: Manifest, { vectors }: Before): Change[] =>
  manifest.removed
    .filter((id) => vectors.get(id)?.file_path === file_path)
    .map((chunk_id) => ({ kind: 'remove', chunk_id, over: overOf(vectors.get(chunk_id)) }));

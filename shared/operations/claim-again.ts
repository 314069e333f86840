import { type Chunk, type ChunkId, SIDES, type StoredChunk, trueHash } from '../domain/chunk.ts';
import type { Manifest } from '../domain/document.ts';
import { asChunk, isUsable } from '../domain/look.ts';
import { pointChange, reusableEmbeddings } from '../domain/write-plan.ts';
import type { Change } from '../ports.ts';
import { applyAll } from './apply-changes.ts';
import { embeddingsFor } from './embed.ts';
import { guardOf, overOf, type Reserved } from './reservation.ts';
import type { World } from './world.ts';

/**
 * Makes the text that stands on a side what the document means, and brings both sides to it: a chunk that the document
 * no longer had comes behind those that it has, another text of a chunk that it has takes that one's place. Answers
 * the manifest that says so; `undefined` if nothing that stands is another text than the document means.
 */
export const claimAgain = async (
  world: World,
  head: Reserved,
  manifest: Manifest,
  chunk_id: ChunkId,
): Promise<Manifest | undefined> => {
  const stands = await readSides(world, head.project, chunk_id);
  const meant = manifest.chunks.findIndex((entry) => entry.chunk_id === chunk_id);
  const source = [stands.graph, stands.vectors].find(
    (stored) => stored && isUsable(stored) && trueHash(stored) !== manifest.chunks[meant]?.content_hash,
  );
  if (source === undefined) return undefined;
  const chunk_index = meant < 0 ? manifest.chunks.length : meant;
  const { version } = head.open;
  const chunk: Chunk = { ...asChunk(source), file_path: head.file_path, chunk_index, version };
  await bringSides(world, head, chunk, stands);
  const { content_hash, start_line, end_line } = chunk;
  const chunks = [...manifest.chunks];
  chunks[chunk_index] = { chunk_id, content_hash, start_line, end_line, version };
  return { version, chunks, removed: manifest.removed.filter((id) => id !== chunk_id) };
};

type Standing = Record<'graph' | 'vectors', StoredChunk | undefined>;

const readSides = async (world: World, project: string, id: ChunkId): Promise<Standing> => {
  const [graph, vectors] = await Promise.all([
    world.graph.read(project, [id], { vectors: true }),
    world.vectors.read(project, [id], { vectors: true }),
  ]);
  return { graph: graph.get(id), vectors: vectors.get(id) };
};

const bringSides = async (world: World, head: Reserved, chunk: Chunk, stands: Standing) => {
  const change = pointChange(stands.vectors, chunk, world.embedder.model);
  const needs = { graph: hasText(stands.graph, chunk) ? 'place' : 'put', vectors: change } as const;
  const atHand = [stands.graph, stands.vectors].filter((stored) => stored !== undefined);
  const made = new Map(
    [world.embedder.model, 'caller'].flatMap((model) => [...reusableEmbeddings(atHand, model)]),
  );
  const isPut = SIDES.some((side) => needs[side] === 'put');
  const embedding = (await embeddingsFor(world, isPut ? [chunk] : [], made)).get(chunk.content_hash);
  const keep_embedding = embedding?.embedding_model === 'caller';
  for (const side of SIDES) {
    const over = overOf(stands[side]);
    const put: Change[] = embedding ? [{ kind: 'put', chunk, embedding, keep_embedding, over }] : [];
    const changes = needs[side] === 'place' ? [{ kind: 'place' as const, chunk, over }] : put;
    if (needs[side] !== 'none') await applyAll(world, side, guardOf(head), changes);
  }
};

const hasText = (stored: StoredChunk | undefined, chunk: Chunk) =>
  stored !== undefined && asChunk(stored).content_hash === chunk.content_hash;

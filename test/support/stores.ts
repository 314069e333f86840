import { ALL_IDS, type StoredChunk } from '../../shared/domain/chunk.ts';
import type { World } from '../../shared/operations/world.ts';
import type { ChunkStore } from '../../shared/ports.ts';

/** Everything a side holds, by id, vectors included. */
export const everything = async (store: ChunkStore, project: string): Promise<Map<string, StoredChunk>> => {
  const found = new Map<string, StoredChunk>();
  let after: string | undefined;
  do {
    const page = await store.contents(project, ALL_IDS, after, 1000, { vectors: true });
    for (const chunk of page.chunks) found.set(chunk.chunk_id, chunk);
    after = page.next === undefined ? undefined : page.chunks.at(-1)?.chunk_id;
  } while (after !== undefined);
  return found;
};

/** What a document's chunks are on both sides: texts by index. Throws where the sides disagree in anything. */
export const textsOf = async (world: World, project: string, file_path: string): Promise<string[]> => {
  const [graph, vectors] = await Promise.all([
    everything(world.graph, project),
    everything(world.vectors, project),
  ]);
  const ours = (side: Map<string, StoredChunk>) =>
    [...side.values()]
      .filter((chunk) => chunk.file_path === file_path)
      .sort((a, b) => (a.chunk_index ?? 0) - (b.chunk_index ?? 0));
  const [left, right] = [ours(graph), ours(vectors)];
  if (JSON.stringify(left.map(facts)) !== JSON.stringify(right.map(facts)))
    throw new Error(
      `the sides differ:\n${JSON.stringify(left.map(facts))}\n${JSON.stringify(right.map(facts))}`,
    );
  for (const point of right)
    if (point.embedded_hash !== point.content_hash)
      throw new Error(`the vector of ${point.chunk_id} is of another text`);
  return left.map(({ content }) => content ?? '');
};

const facts = ({
  chunk_id,
  content,
  content_hash,
  chunk_index,
  start_line,
  end_line,
  version,
}: StoredChunk) => ({
  chunk_id,
  content,
  content_hash,
  chunk_index,
  start_line,
  end_line,
  version,
});

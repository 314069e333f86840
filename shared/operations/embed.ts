import type { Embedding } from '../domain/chunk.ts';
import { UnavailableError } from '../errors.ts';
import type { World } from './world.ts';

interface Text {
  content: string;
  content_hash: string;
}

/** An embedding for each text, by content hash: those at hand, and the rest from the embedder, each text once. */
export const embeddingsFor = async (
  world: Pick<World, 'embedder'>,
  texts: Text[],
  atHand: Map<string, Embedding>,
): Promise<Map<string, Embedding>> => {
  const missing = new Map(
    texts
      .filter(({ content_hash }) => !atHand.has(content_hash))
      .map((text) => [text.content_hash, text.content]),
  );
  if (missing.size === 0) return atHand;
  const vectors = await world.embedder.embed([...missing.values()]);
  const made = [...missing.keys()].map((hash, index): [string, Embedding] => [
    hash,
    {
      vector: vectors[index] ?? nothingFor(hash),
      embedding_model: world.embedder.model,
      embedded_hash: hash,
    },
  ]);
  return new Map([...atHand, ...made]);
};

const nothingFor = (hash: string): never => {
  throw new UnavailableError('embedder', 'partial', `no vector came back for the text ${hash}`);
};

import { UnavailableError } from '../shared/errors.ts';
import type { Embedder } from '../shared/ports.ts';

/** An embedder whose key was refused is built again, for the next who asks. */
export const renewedEmbedder = (first: Embedder, again: () => Promise<Embedder>): Embedder => {
  let current = Promise.resolve(first);
  return {
    model: first.model,
    dimension: first.dimension,
    embed: async (texts) => {
      const used = current;
      try {
        return await (await used).embed(texts);
      } catch (error) {
        const isRefused = error instanceof UnavailableError && error.kind === 'auth';
        if (isRefused && current === used) current = again().catch(() => first);
        throw error;
      }
    },
  };
};

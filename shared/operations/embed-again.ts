import { trueHash } from '../domain/chunk.ts';
import type { Look } from '../domain/look.ts';
import { cosine } from '../domain/write-plan.ts';
import type { World } from './world.ts';

/** Below this cosine a stored vector was not made from the text beside it (DESIGN §5). */
export const LEAST_COSINE = 0.98;

/**
 * Embeds the points' texts again and answers the looks whose vectors lie elsewhere. Only vectors of the configured
 * model are judged: a caller's own, or another model's, can't be made again here.
 */
export const disagreeing = async (world: Pick<World, 'embedder'>, looks: Look[]): Promise<Look[]> => {
  const judged = looks.filter(
    ({ vectors }) =>
      vectors?.content &&
      vectors.vector?.length &&
      vectors.embedding_model === world.embedder.model &&
      trueHash(vectors),
  );
  if (judged.length === 0) return [];
  const fresh = await world.embedder.embed(judged.map(({ vectors }) => vectors?.content ?? ''));
  return judged.filter(({ vectors }, index) => {
    const is = vectors?.vector ?? [];
    return is.some((x) => x !== 0) && cosine(is, fresh[index] ?? []) < LEAST_COSINE;
  });
};

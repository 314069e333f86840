import { UnavailableError } from '../errors.ts';
import type { World } from './world.ts';

/** Whether each thing that a write needs answers. */
export const health = async ({ graph, vectors, projects }: Pick<World, 'graph' | 'vectors' | 'projects'>) => {
  const [isGraph, isVectors, isState] = await Promise.all([
    answers(() => graph.ping()),
    answers(() => vectors.ping()),
    answers(() => projects.list({ limit: 1 })),
  ]);
  return { ok: isGraph && isVectors && isState, graph: isGraph, vectors: isVectors, state: isState };
};

const answers = async (ask: () => Promise<unknown>): Promise<boolean> => {
  try {
    await ask();
    return true;
  } catch (error) {
    if (error instanceof UnavailableError) return false;
    throw error;
  }
};

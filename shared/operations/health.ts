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

/** Whoever asks for health wants to know now; a driver may go on trying for much longer. */
const PATIENCE_MS = 2_000;

const answers = async (ask: () => Promise<unknown>): Promise<boolean> => {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), PATIENCE_MS);
  });
  try {
    return await Promise.race([ask().then(() => true), silence]);
  } catch (error) {
    if (error instanceof UnavailableError) return false;
    throw error;
  } finally {
    clearTimeout(timer);
  }
};

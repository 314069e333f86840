import { FencedError } from '../errors.ts';
import { documentEvents } from './event-pages.ts';
import type { Reserved } from './reservation.ts';
import { timestamp, type World } from './world.ts';

/** The operation touched nothing, its document is free, and the next one begins beyond what stood in its way. */
export class OutrunError extends FencedError {}

/**
 * Ends an operation that has touched nothing and never will, because its document is further on than its head knew:
 * State was lost, or is another's, or the graph was altered. Throws OutrunError once the head has been lifted.
 */
export const endOutrun = async (world: World, head: Reserved, version: number): Promise<never> => {
  await world.documents.close(head, timestamp(world));
  await world.documents.lift(head, version);
  throw new OutrunError(
    `${head.file_path} was at version ${version} when ${head.open.version} was given out`,
  );
};

/** The version of the newest operation that a document's history tells of. */
export const newestTold = async (world: World, { project, file_path }: Reserved): Promise<number> => {
  let newest = 0;
  for await (const { version = 0 } of documentEvents(world, project, file_path))
    newest = Math.max(newest, version);
  return newest;
};

/** History may be behind the graph, or the graph behind history: after both there is nothing left to be behind. */
const BEGINNINGS_MAX = 3;

/** Begins an operation anew where it was outrun. */
export const unlessOutrun = async <Result>(begin: () => Promise<Result>): Promise<Result> => {
  for (let begun = 1; ; begun++) {
    try {
      return await begin();
    } catch (error) {
      if (!(error instanceof OutrunError) || begun === BEGINNINGS_MAX) throw error;
    }
  }
};

import type { World } from '../../shared/operations/world.ts';
import type { Applied, Change, ChunkStore, Guard } from '../../shared/ports.ts';

/** A chunk that was changed on a side, and the operation that changed it. */
export interface Deed {
  file_path: string;
  op_id: string;
  chunk_id: string;
}

/** The same world, with every chunk that it changes in a store written down. */
export const recorded = <W extends World>(world: W): { world: W; deeds: Deed[] } => {
  const deeds: Deed[] = [];
  const note = ({ file_path, op_id }: Guard, ids: string[]) =>
    deeds.push(...ids.map((chunk_id) => ({ file_path, op_id: op_id.replace(/:undo$/, ''), chunk_id })));
  const graph = watched(world.graph, note);
  const vectors = watched(world.vectors, note);
  return { world: { ...world, graph, vectors }, deeds };
};

const watched = <Store extends ChunkStore>(
  store: Store,
  note: (guard: Guard, ids: string[]) => void,
): Store =>
  Object.assign(Object.create(store), {
    apply: async (guard: Guard, changes: Change[]): Promise<Applied> => {
      const answer = await store.apply(guard, changes);
      note(guard, answer.applied);
      return answer;
    },
    restore: async (guard: Guard, ...rest: [Parameters<ChunkStore['restore']>[1], string | null]) => {
      const answer = await store.restore(guard, ...rest);
      note(guard, answer.applied);
      return answer;
    },
    removeInserted: async (guard: Guard, ids: string[]) => {
      const stood = await store.read(guard.project, ids);
      await store.removeInserted(guard, ids);
      const stands = await store.read(guard.project, ids);
      note(
        guard,
        ids.filter((id) => stood.has(id) && !stands.has(id)),
      );
    },
  });

import type { Side } from '../domain/chunk.ts';
import { type Latencies, pacedBy, paceOf } from '../domain/pace.ts';
import type { ChunkStore, Limits } from '../ports.ts';
import type { Round } from './round.ts';
import type { World } from './world.ts';

/** A world whose stores' answers are timed while chunks are repaired. */
export const timedWorld = (world: World): { world: World; latencies: Latencies } => {
  const latencies: Latencies = { graph: [], vectors: [] };
  const timed = <Store extends ChunkStore>(store: Store): Store => {
    const timing = <T>(chunks: number, request: () => Promise<T>) =>
      taking(world, latencies[store.side], chunks, request);
    const over: Pick<ChunkStore, 'read' | 'apply'> = {
      read: (project, ids, options) => timing(ids.length, () => store.read(project, ids, options)),
      apply: (guard, changes) => timing(changes.length, () => store.apply(guard, changes)),
    };
    return Object.assign(Object.create(store), over);
  };
  return { world: { ...world, graph: timed(world.graph), vectors: timed(world.vectors) }, latencies };
};

/** Chunks beside which a request's own cost is small: so that large requests compare with small ones. */
const FEW = 50;

const taking = async <T>(
  { clock }: World,
  latencies: number[],
  chunks: number,
  request: () => Promise<T>,
): Promise<T> => {
  const started = clock.now();
  try {
    return await request();
  } finally {
    latencies.push(((clock.now() - started) * FEW) / (FEW + chunks));
  }
};

type Paced = Awaited<ReturnType<Limits['pace']>>;

/** The minute's repairs: as configured, or fewer while a store is slow. */
export const repairsPerMinute = ({ world, settings, pace }: Round): number =>
  pace === undefined
    ? settings.repairs_per_minute
    : paceOf(pace, settings.repairs_per_minute, world.clock.now());

/** What one worker has measured, for all. Where another was faster it is lost: there will be more. */
export const keepPace = async (
  { limits, clock }: World,
  project: string,
  { pace, revision }: Paced,
  latencies: Record<Side, number[]>,
): Promise<void> => {
  if (latencies.graph.length + latencies.vectors.length === 0) return;
  await limits.keepPace(project, pacedBy(pace, latencies, clock.now()), revision);
};

import { type Dependency, type FailureKind, UnavailableError } from '../../shared/errors.ts';
import type { World } from '../../shared/operations/world.ts';
import { guarded } from './mortal.ts';

export interface Fault {
  port: keyof World;
  /** Which methods fail; all of them if absent. */
  methods?: string[];
  /** `before`: the request never arrived. `after`: it took effect, but its answer was lost. */
  when?: 'before' | 'after';
  kind?: FailureKind;
  /** Whether this call fails; by default each does while the fault is on. */
  hits?: (call: number) => boolean;
}

/** The same world with a fault in it that can be switched off. */
export const failing = <W extends World>(
  world: W,
  fault: Fault,
): { world: W; heal(): void; hits(): number } => {
  let [isOn, calls, hits] = [true, 0, 0];
  const around = async (act: () => unknown, method: string) => {
    const isMeant = isOn && (fault.methods?.includes(method) ?? true);
    const isHit = isMeant && (fault.hits?.(++calls) ?? true);
    if (!isHit) return await act();
    hits++;
    if (fault.when === 'after') await act();
    throw new UnavailableError(
      DEPENDENCY[fault.port] ?? 'state',
      fault.kind ?? 'network',
      `${method} was cut off`,
    );
  };
  const port = guarded(world[fault.port] as object, around);
  const heal = () => {
    isOn = false;
  };
  return { world: { ...world, [fault.port]: port }, heal, hits: () => hits };
};

const DEPENDENCY: Partial<Record<keyof World, Dependency>> = {
  graph: 'graph',
  vectors: 'vectors',
  embedder: 'embedder',
  events: 'events',
  bus: 'bus',
};

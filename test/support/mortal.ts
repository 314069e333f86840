import type { World } from '../../shared/operations/world.ts';

/** Thrown where a process would have died: nothing after it happens. */
export class Death extends Error {}

export interface Mortal<W extends World> {
  world: W;
  /** Calls made to ports so far. */
  calls(): number;
  isDead(): boolean;
}

const IMMORTAL = new Set(['clock', 'ids']);

/**
 * A process that dies at its `dieAt`-th call to a port: before the call reaches the store, or after it took effect
 * and before anyone heard of it. Every later call fails too, so that no clean-up runs.
 */
export const mortal = <W extends World>(world: W, dieAt: number, when: 'before' | 'after'): Mortal<W> => {
  let calls = 0;
  let dead = false;
  const lived = async (act: () => unknown) => {
    if (dead) throw new Death('dead already');
    const isLast = ++calls === dieAt;
    if (isLast) dead = true;
    if (isLast && when === 'before') throw new Death(`died before call ${dieAt}`);
    const result = await act();
    if (isLast || dead) throw new Death(`died after call ${dieAt}`);
    return result;
  };
  const wrapped = Object.fromEntries(
    Object.entries(world).map(([name, port]) => [name, IMMORTAL.has(name) ? port : guarded(port, lived)]),
  ) as W;
  return { world: wrapped, calls: () => calls, isDead: () => dead };
};

/** Wraps every method of a port. */
export const guarded = <Port extends object>(
  port: Port,
  around: (act: () => unknown, method: string) => unknown,
): Port =>
  new Proxy(port, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...parameters: unknown[]) => around(() => value.apply(target, parameters), String(name));
    },
  });

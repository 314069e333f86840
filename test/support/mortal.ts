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

type IsLast = (calls: number, name: string) => boolean;

/**
 * A process that dies at its `dieAt`-th call to a port: before the call reaches the store, or after it took effect
 * and before anyone heard of it. Every later call fails too, so that no clean-up runs.
 */
export const mortal = <W extends World>(world: W, dieAt: number, when: 'before' | 'after'): Mortal<W> =>
  dying(world, (calls) => calls === dieAt, when);

/** The same at its first call by that name, such as `vectors.apply`. */
export const mortalAt = <W extends World>(world: W, call: string, when: 'before' | 'after'): Mortal<W> =>
  dying(world, (_, name) => name === call, when);

const dying = <W extends World>(world: W, isLast: IsLast, when: 'before' | 'after'): Mortal<W> => {
  let calls = 0;
  let dead = false;
  const lived = async (act: () => unknown, name: string) => {
    if (dead) throw new Death('dead already');
    const isOver = isLast(++calls, name);
    if (isOver) dead = true;
    if (isOver && when === 'before') throw new Death(`died before ${name}, call ${calls}`);
    const result = await act();
    if (isOver || dead) throw new Death(`died after ${name}, call ${calls}`);
    return result;
  };
  const wrapped = Object.fromEntries(
    Object.entries(world).map(([name, port]) => [
      name,
      IMMORTAL.has(name) ? port : guarded(port, (act, method) => lived(act, `${name}.${method}`)),
    ]),
  ) as W;
  return { world: wrapped, calls: () => calls, isDead: () => dead };
};

/** Wraps every method of a port. */
export const guarded = <Port extends object>(
  port: Port,
  around: (act: () => unknown, method: string, parameters: unknown[]) => unknown,
): Port =>
  new Proxy(port, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...parameters: unknown[]) =>
        around(() => value.apply(target, parameters), String(name), parameters);
    },
  });

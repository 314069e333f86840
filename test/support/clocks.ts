import { AsyncLocalStorage } from 'node:async_hooks';
import type { World } from '../../shared/operations/world.ts';
import { guarded } from './mortal.ts';
import type { LocalWorld } from './world.ts';

export interface Clocks {
  /** Runs something as a process whose clock is off by so many milliseconds, in operations and adapters alike. */
  off<Result>(ms: number, act: () => Promise<Result>): Promise<Result>;
  /** What no process sees. */
  trueNow(): number;
}

/** Gives each process of a world a clock of its own. What moves the time moves it for all of them. */
export const clocksOf = ({ world: { clock } }: LocalWorld): Clocks => {
  const error = new AsyncLocalStorage<number>();
  const trueNow = clock.now;
  clock.now = () => trueNow() + (error.getStore() ?? 0);
  return { off: (ms, act) => error.run(ms, act), trueNow };
};

const FREE = new Set(['clock', 'ids', 'bus']);

/** A process that is held up once, before one of its calls to a port, while others act; then it goes on. */
export const heldUp = <W extends World>(
  world: W,
  step: number,
  meanwhile: () => Promise<unknown>,
): { world: W; wasHeld(): boolean } => {
  let calls = 0;
  const around = async (act: () => unknown) => {
    if (++calls === step) await meanwhile();
    return await act();
  };
  const wrapped = Object.entries(world).map(([name, port]) => [
    name,
    FREE.has(name) ? port : guarded(port, around),
  ]);
  return { world: Object.fromEntries(wrapped), wasHeld: () => calls >= step };
};

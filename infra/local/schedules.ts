import type { FunctionRow } from '../topology.ts';

export interface Schedules {
  /** Runs one scheduled function now, after the run of it that may be under way. */
  tick(name: string): Promise<void>;
  /** Resolves when the runs that are under way have ended. */
  ended(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Runs every scheduled function of the topology at its interval, never two runs of one at a time. `everySeconds`
 * shortens the intervals, for a demonstration.
 */
export const startSchedules = (
  rows: FunctionRow[],
  invoke: (name: string) => Promise<unknown>,
  onError: (name: string, error: unknown) => void,
  everySeconds?: number,
): Schedules => {
  const running = new Map<string, Promise<void>>();
  const tick = (name: string): Promise<void> => {
    const previous = running.get(name) ?? Promise.resolve();
    const next = previous
      .then(() => invoke(name))
      .then(
        () => undefined,
        (error) => onError(name, error),
      );
    running.set(name, next);
    return next;
  };
  const timers = rows.flatMap(({ name, trigger }) =>
    trigger.kind === 'schedule'
      ? [setInterval(() => void tick(name), 1000 * (everySeconds ?? trigger.everySeconds))]
      : [],
  );
  const ended = async () => void (await Promise.all(running.values()));
  return {
    tick,
    ended,
    async stop() {
      for (const timer of timers) clearInterval(timer);
      await ended();
    },
  };
};

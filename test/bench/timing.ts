// Clocks, medians and worker pools of the measurements.

/** Seconds that something took, and its result. */
export const timed = async <T>(act: () => Promise<T>): Promise<{ seconds: number; result: T }> => {
  const started = performance.now();
  const result = await act();
  return { seconds: (performance.now() - started) / 1000, result };
};

export const secondsOf = async (act: () => Promise<unknown>): Promise<number> => (await timed(act)).seconds;

export const median = (values: number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Calls `act` for each item, by so many workers at once, in order of the items. */
export const byWorkers = async <Item>(
  items: Item[],
  workers: number,
  act: (item: Item, index: number) => Promise<unknown>,
): Promise<void> => {
  const waiting = items.entries();
  const worker = async () => {
    for (const [index, item] of waiting) await act(item, index);
  };
  await Promise.all(Array.from({ length: workers }, worker));
};

export const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

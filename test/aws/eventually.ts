import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 1_000;

/** Asks until what it is told passes; then answers it. Fails with the last failure. */
export const eventually = async <T>(seconds: number, ask: () => Promise<T>, passes: (answer: T) => void) => {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    try {
      passes(answer);
      return answer;
    } catch (failure) {
      if (Date.now() > deadline) throw failure;
    }
    await sleep(POLL_MS);
  }
};

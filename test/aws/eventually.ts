import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 1_000;
/** On a machine that does other things as well, everything takes longer; a test that passes does not wait for it. */
const PATIENCE = 3;

/** Asks until what it is told passes; then answers it. Fails with the last failure. `seconds` are those of an idle machine. */
export const eventually = async <T>(seconds: number, ask: () => Promise<T>, passes: (answer: T) => void) => {
  const deadline = Date.now() + seconds * PATIENCE * 1000;
  for (;;) {
    try {
      const answer = await ask();
      passes(answer);
      return answer;
    } catch (failure) {
      if (Date.now() > deadline) throw failure;
    }
    await sleep(POLL_MS);
  }
};

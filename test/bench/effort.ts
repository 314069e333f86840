/** How much a run tries. What a table of a million needs would take too long for every day. */
export interface Effort {
  /** Of ways that take turns. */
  rounds: number;
  kills: number;
  /** Chunks compared while documents are written, and looks at chunks that were written meanwhile. */
  compared: number;
  looks: number;
  /** Written with events, and as many without, by eight writers with a slow embedding. */
  documents: number;
}

const MILLION = 1_000_000;

export const effortFor = (chunks: number): Effort => ({
  ...(chunks < MILLION
    ? { rounds: 5, kills: 20, documents: 400 }
    : { rounds: 3, kills: 100, documents: 2_000 }),
  compared: 10 * chunks,
  looks: chunks / 100,
});

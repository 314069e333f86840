/** How much a run tries. What a table of a million needs would take too long for every day. */
export interface Effort {
  /** Of ways that take turns. */
  rounds: number;
  kills: number;
  /** Chunks compared while documents are written, and looks at documents that were written meanwhile. */
  compared: number;
  looks: number;
  /** Written with events, and as many without, by eight writers with a slow embedding. */
  documents: number;
}

export const QUICK: Effort = { rounds: 5, kills: 20, compared: 1_000_000, looks: 1_000, documents: 400 };
export const FULL: Effort = { rounds: 3, kills: 100, compared: 10_000_000, looks: 10_000, documents: 2_000 };

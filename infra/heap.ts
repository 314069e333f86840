const OLD = 0.75;
const YOUNG = 1 / 64;

/**
 * What Node is told of the heap of a function that has so many megabytes. The lower the limit, the earlier V8 collects what
 * is dead. Lambda would give nine tenths to the old part and a twentieth to the young one, and gives neither once one of
 * these is named: so both are.
 */
export const heapOptions = (memoryMb: number): string[] => [
  `--max-old-space-size=${Math.round(memoryMb * OLD)}`,
  `--max-semi-space-size=${Math.round(memoryMb * YOUNG)}`,
];

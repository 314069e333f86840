const SHARE_OF_HEAP = 0.75;
const SHARE_OF_YOUNG = 1 / 64;

/**
 * What Node is told of the memory of a function, of so many megabytes. V8 lets a heap grow the further, before it collects
 * what is dead, the larger that heap may become at all: of so large a one a scan keeps to the memory of a few pages.
 */
export const heapOptions = (memoryMb: number): string[] => [
  `--max-old-space-size=${Math.round(memoryMb * SHARE_OF_HEAP)}`,
  `--max-semi-space-size=${Math.round(memoryMb * SHARE_OF_YOUNG)}`,
];

import { expect, test } from 'vitest';
import { sharesFor } from '../../shared/domain/lane.ts';

test.each([
  [999, 0],
  [1_000, 2],
  [100_000, 2],
  [100_001, 4],
  [1_000_000, 20],
  [1_000_000_000, 256],
])('a run of %i chunks goes in %i shares, as many for each of the two workers', (chunks, shares) => {
  expect(sharesFor(chunks)).toBe(shares);
});

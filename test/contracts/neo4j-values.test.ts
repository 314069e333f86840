import { expect, test } from 'vitest';
import { plain } from '../../shared/adapters/neo4j-values.ts';

const BEYOND = 2n ** 60n;

test('what the driver answers is plain however deep it lies: numbers are numbers, but for those that one can’t hold', () => {
  const answered = { chunks: [[1n, 'a', null, [2n, BEYOND]], [{ version: 3n, lines: [4n] }]], count: 5n };

  expect(plain(answered)).toEqual({
    chunks: [[1, 'a', null, [2, BEYOND]], [{ version: 3, lines: [4] }]],
    count: 5,
  });
});

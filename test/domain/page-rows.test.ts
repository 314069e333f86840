import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextRows, nextShortRows, shortestPage } from '../../shared/domain/page-rows.ts';

const MOST = 10_000;
/** A side that reads so many rows a millisecond, after so long a wait. */
const steered = (rowsAMs: number, waitMs: number, pages = 30): number => {
  let rows = MOST;
  for (let page = 0; page < pages; page++) rows = nextRows(rows, waitMs + rows / rowsAMs, MOST);
  return rows;
};

test.each([
  ['a fast side is read in the largest pages', 100, 1, MOST],
  ['a side behind a long line too', 100, 300, MOST],
  ['a slow side in pages of half a second', 2, 0, 1_000],
  ['a side that is slow whatever it is asked, in the smallest', 100, 5_000, 25],
])('%s', (_, rowsAMs, waitMs, rows) => {
  expect(steered(rowsAMs, waitMs)).toBe(rows);
});

test('a side that recovers is read in large pages again', () => {
  let rows = steered(2, 0);
  for (let page = 0; page < 5; page++) rows = nextRows(rows, 1, MOST);
  expect(rows).toBe(MOST);
});

test('a page has at least one row and never more than the most, and changes by a factor of two at most', () => {
  const property = fc.property(
    fc.integer({ min: 1, max: MOST }),
    fc.nat(1e9),
    fc.integer({ min: 1, max: MOST }),
    (rows, ms, most) => {
      const next = nextRows(rows, ms, most);
      expect(next).toBeGreaterThanOrEqual(1);
      expect(next).toBeLessThanOrEqual(most);
      expect(next).toBeLessThanOrEqual(Math.max(25, 2 * rows));
    },
  );
  fc.assert(property);
});

describe('short pages', () => {
  /** Of a side that reads so many rows a millisecond, after so long a wait. */
  const shortened = (rowsAMs: number, waitMs: number, most = MOST): number => {
    let rows = shortestPage(most);
    for (let page = 0; page < 30; page++) rows = nextShortRows(rows, waitMs + rows / rowsAMs, most);
    return rows;
  };

  test.each([
    ['are read in five milliseconds', 200, 0, 1_000],
    ['are as large as others on a fast side', 2_000, 0, MOST],
    ['are no shorter than a twentieth of others, on a side that is slow', 2, 0, 500],
    ['or behind a long line', 100, 300, 500],
  ])('%s', (_, rowsAMs, waitMs, rows) => {
    expect(shortened(rowsAMs, waitMs)).toBe(rows);
  });

  test('have a row where others have few', () => {
    expect(shortestPage(1)).toBe(1);
    expect(shortened(1, 1_000, 1)).toBe(1);
  });
});

import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  addTallies,
  differingGroups,
  GROUPS,
  groupOf,
  manifestShareOf,
  newTally,
  packTally,
  type Said,
  type Tally,
  tallyChunk,
  unpackTally,
} from '../../shared/domain/tally.ts';

const said = fc.record({
  chunk_id: fc.uuid(),
  content_hash: fc.constantFrom('v1:a', 'v1:b'),
  chunk_index: fc.nat(9),
  start_line: fc.nat(9),
  end_line: fc.nat(9),
  version: fc.integer({ min: 1, max: 3 }),
});
const placed = fc.tuple(fc.constantFrom('a.md', 'b/c.md', 'd.md'), said);
type Placed = [path: string, said: Said];

const tallied = (chunks: Placed[]): Tally => {
  const tally = newTally();
  for (const [path, chunk] of chunks) tallyChunk(tally, path, groupOf(path), chunk);
  return tally;
};

test('a tally is the same in whatever order and by however many it is made', () => {
  const property = fc.property(fc.array(placed), fc.nat(), (chunks, at) => {
    const cut = at % (chunks.length + 1);
    const parts = [tallied(chunks.slice(cut).toReversed()), tallied(chunks.slice(0, cut))];
    expect(addTallies(parts)).toEqual(tallied(chunks));
  });
  fc.assert(property);
});

test('any change of any chunk shows in the group of its document, and only there', () => {
  const property = fc.property(fc.array(placed, { minLength: 1 }), placed, (chunks, [path, other]) => {
    const changed: Placed[] = [[path, other], ...chunks.slice(1)];
    const [first = changed[0]] = chunks;
    const isSame = JSON.stringify(first) === JSON.stringify(changed[0]);
    const groups = isSame ? [] : [groupOf(first?.[0] ?? ''), groupOf(path)];
    expect(differingGroups(tallied(chunks), tallied(changed))).toEqual(new Set(groups));
  });
  fc.assert(property);
});

test.each<[keyof Said, Partial<Said>]>([
  ['chunk_id', { chunk_id: 'b' }],
  ['content_hash', { content_hash: 'v1:b' }],
  ['chunk_index', { chunk_index: 1 }],
  ['start_line', { start_line: 2 }],
  ['end_line', { end_line: 3 }],
  ['version', { version: 2 }],
  ['version', { version: null }],
])('another %s is another chunk', (_, change) => {
  const one = { chunk_id: 'a', content_hash: 'v1:a', chunk_index: 0, start_line: 1, end_line: 2, version: 1 };
  const [a, b] = [tallied([['a.md', one]]), tallied([['a.md', { ...one, ...change }]])];
  expect([...differingGroups(a, b)]).toEqual([groupOf('a.md')]);
});

test('comes back from bytes as it went', () => {
  const tally = tallied([
    ['a.md', { chunk_id: 'a', content_hash: 'h', chunk_index: 0, start_line: 1, end_line: 1, version: 1 }],
  ]);
  expect(unpackTally(packTally(tally))).toEqual(tally);
});

test('all documents of a group are in one share of the manifests', () => {
  const paths = Array.from({ length: 5_000 }, (_, i) => `docs/${i}.md`);
  const groups = Map.groupBy(paths, groupOf);

  expect(groups.size).toBeGreaterThan(GROUPS * 0.9);
  for (const group of groups.values()) expect(new Set(group.map(manifestShareOf)).size).toBe(1);
});

test('a tally is of the bytes of SHA-256, so that workers of any version add up to the same', () => {
  const chunk: Said = {
    ...{ chunk_id: '00000000-0000-4000-8000-000000000001', content_hash: 'v1:a', chunk_index: 2 },
    ...{ start_line: 3, end_line: 4, version: 5 },
  };
  const digest = createHash('sha256')
    .update('00000000-0000-4000-8000-000000000001\nv1:a\n2\n3\n4\n5\na.md')
    .digest();
  const words = [0, 4, 8, 12].map((at) => digest.readUInt32BE(at));

  expect(tallied([['a.md', chunk]]).filter((word) => word !== 0)).toEqual(Uint32Array.from(words));
});

import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../shared/adapters/clock.ts';
import { ALL_IDS, contentHash, type Side, type StoredChunk } from '../../shared/domain/chunk.ts';
import type { Suspect } from '../../shared/domain/compare.ts';
import { walkRange } from '../../shared/operations/walk-range.ts';
import type { World } from '../../shared/operations/world.ts';
import type { ChunkStore } from '../../shared/ports.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

const STRIDE = 0x5001;
/** The number-th id of a project whose ids lie all over the space of UUIDs. */
const idOf = (number: number) =>
  `${(number * STRIDE).toString(16).padStart(8, '0')}-0000-5000-8000-000000000000`;
const numberOf = (id: string) => Number.parseInt(id.slice(0, 8), 16) / STRIDE;

const LOST = { graph: new Set([0, 1_000, 7_777]), vectors: new Set([999, 19_999]) };
const ALTERED = new Set([1, 5_000, 12_345]);
const PLANTED: Suspect[] = [
  ...[...LOST.graph].map((n): Suspect => ({ chunk_id: idOf(n), on: 'vectors' })),
  ...[...LOST.vectors].map((n): Suspect => ({ chunk_id: idOf(n), on: 'graph' })),
  ...[...ALTERED].map((n): Suspect => ({ chunk_id: idOf(n), on: 'both' })),
].sort((a, b) => (a.chunk_id < b.chunk_id ? -1 : 1));

const textOf = (side: Side, n: number) =>
  side === 'vectors' && ALTERED.has(n) ? `altered ${n}` : `text ${n}`;

const copyOf = (side: Side, n: number): StoredChunk => {
  const content = textOf(side, n);
  const content_hash = contentHash(content);
  return {
    ...{
      chunk_id: idOf(n),
      content,
      content_hash,
      file_path: 'a.md',
      chunk_index: n,
      start_line: n,
      end_line: n,
    },
    ...{ version: 1, write_id: 'w', embedding_model: 'm', embedded_hash: content_hash },
  };
};

/** A side of `size` chunks that makes each page when it is asked for, and knows which of them still live. */
const endlessSide = (side: Side, size: number) => {
  const pages: WeakRef<object>[] = [];
  const numbers = (after: string | undefined, limit: number) => {
    const found: number[] = [];
    for (let n = after === undefined ? 0 : numberOf(after) + 1; n < size && found.length < limit; n++)
      if (!LOST[side].has(n)) found.push(n);
    return found;
  };
  const next = (ns: number[], limit: number) =>
    ns.length < limit ? {} : { next: idOf((ns.at(-1) ?? 0) + 1) };
  const store: Pick<ChunkStore, 'side' | 'fingerprints' | 'contents'> = {
    side,
    async fingerprints(_project, _range, after, limit) {
      const ns = numbers(after, limit);
      const hashes = ns.map((n) => textOf(side, n));
      pages.push(new WeakRef(hashes));
      return { ids: ns.map(idOf), hashes, versions: ns.map(() => 1), ...next(ns, limit) };
    },
    async contents(_project, _range, after, limit) {
      const ns = numbers(after, limit);
      const chunks = ns.map((n) => copyOf(side, n));
      pages.push(new WeakRef(chunks[0] ?? chunks));
      return { chunks, ...next(ns, limit) };
    },
  };
  return { store, pages };
};

/** How many of the pages are still in memory, and how much there is in all; a turn keeps what it has touched. */
const weigh = async (pages: WeakRef<object>[]) => {
  await setImmediate();
  collectGarbage();
  return {
    living: pages.filter((page) => page.deref() !== undefined).length,
    bytes: process.memoryUsage().heapUsed,
  };
};

describe('bounded memory', () => {
  test.each([
    { depth: 'fingerprints', size: 200_000, rows: 1_000 },
    { depth: 'content', size: 20_000, rows: 200 },
  ] as const)(
    'a $depth walk over $size chunks holds a few pages at a time and finds what was planted',
    async ({ depth, size, rows }) => {
      const [graph, vectors] = [endlessSide('graph', size), endlessSide('vectors', size)];
      const [clock, stores] = [systemClock, { graph: graph.store, vectors: vectors.store }];
      const world = { ...stores, clock } as unknown as World;
      const suspects: Suspect[] = [];
      const weights: Awaited<ReturnType<typeof weigh>>[] = [];
      let [walked, distinct] = [0, 0];
      for await (const page of walkRange(world, 'endless', ALL_IDS, undefined, depth, rows)) {
        suspects.push(...page.suspects);
        distinct += page.distinct;
        if (++walked % 20 === 0) weights.push(await weigh([...graph.pages, ...vectors.pages]));
      }

      expect(suspects).toEqual(PLANTED);
      expect(distinct).toBe(size);
      expect(graph.pages.length + vectors.pages.length).toBeGreaterThanOrEqual((2 * size) / rows);
      // On each side: the page being compared, one that waits or is on its way, and one just let go.
      const most = Math.max(...weights.map(({ living }) => living));
      expect(most).toBeGreaterThan(0);
      expect(most).toBeLessThanOrEqual(6);
      const grown = (weights.at(-1)?.bytes ?? 0) - (weights[0]?.bytes ?? 0);
      expect(grown).toBeLessThan(5_000_000);
    },
  );

  test('asks each side for one page more than is being compared, and for no other until that is done', async () => {
    const [graph, vectors] = [endlessSide('graph', 1_000), endlessSide('vectors', 1_000)];
    const stores = { graph: graph.store, vectors: vectors.store };
    const world = { ...stores, clock: systemClock } as unknown as World;
    const walk = walkRange(world, 'endless', ALL_IDS, undefined, 'content', 100);
    await walk.next();
    await setImmediate();

    expect([graph.pages.length, vectors.pages.length]).toEqual([2, 2]);
    await walk.return(undefined);
  });
});

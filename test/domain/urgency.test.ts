import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { IdRange } from '../../shared/domain/chunk.ts';
import type { ShardTask } from '../../shared/domain/scan.ts';
import { byUrgency, type Trace } from '../../shared/domain/urgency.ts';

const id = (byte: number) => `${byte.toString(16).padStart(2, '0')}000000-0000-0000-0000-000000000000`;
const range = (from: number, to?: number): IdRange => ({
  from: id(from),
  ...(to === undefined ? {} : { to: id(to) }),
});
const walk = (from: number, to?: number): ShardTask => ({ kind: 'range', range: range(from, to) });
const manifests = (share: number): ShardTask => ({ kind: 'manifests', share });
const trace = (task: ShardTask, differing: number, written = 0): Trace => ({ task, differing, written });

const [first, second, third, fourth] = [walk(0, 64), walk(64, 128), walk(128, 192), walk(192)] as const;
const TASKS = [first, second, third, fourth];

describe('the order of the parts of a scan', () => {
  test('is as they came where nothing is known', () => {
    expect(byUrgency(TASKS, [])).toEqual(TASKS);
  });

  test('begins with what seems to differ most, then with what was written most', () => {
    const traces = [trace(second, 0, 9), trace(third, 1, 0), trace(fourth, 5, 0)];

    expect(byUrgency(TASKS, traces)).toEqual([fourth, third, second, first]);
  });

  test('takes what was found in other ranges for all that overlap them', () => {
    expect(byUrgency(TASKS, [trace(walk(100, 130), 1)])).toEqual([second, third, first, fourth]);
    expect(byUrgency(TASKS, [trace(walk(64, 128), 1)])).toEqual([second, first, third, fourth]);
    expect(byUrgency(TASKS, [trace(walk(200), 1)])).toEqual([fourth, first, second, third]);
  });

  test('adds up what is known of a range', () => {
    const traces = [trace(second, 2), trace(third, 1), trace(third, 2)];

    expect(byUrgency(TASKS, traces)).toEqual([third, second, first, fourth]);
  });

  test('knows shares of the manifests from ranges of ids', () => {
    const tasks = [first, manifests(0), manifests(1)];

    expect(byUrgency(tasks, [trace(manifests(1), 1)])).toEqual([manifests(1), first, manifests(0)]);
    expect(byUrgency(tasks, [trace(walk(0), 1)])).toEqual(tasks);
  });

  test('leaves none out and doubles none', () => {
    const tasks = fc.uniqueArray(fc.nat(255), { minLength: 1, maxLength: 64 }).map((starts) => {
      const sorted = [0, ...starts.filter((start) => start > 0).sort((a, b) => a - b)];
      return [...sorted.map((start, index) => walk(start, sorted[index + 1])), manifests(0), manifests(1)];
    });
    const traces = fc.array(fc.tuple(fc.nat(255), fc.nat(9), fc.nat(9)));
    fc.assert(
      fc.property(tasks, traces, (all, known) => {
        const ordered = byUrgency(
          all,
          known.map(([byte, differing, written]) => trace(walk(byte, byte + 1), differing, written)),
        );
        expect(ordered).toHaveLength(all.length);
        expect(new Set(ordered)).toEqual(new Set(all));
      }),
    );
  });
});

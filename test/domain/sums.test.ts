import { describe, expect, test } from 'vitest';
import { NO_SUMS } from '../../shared/domain/scan.ts';
import { addSums, blastRadius, driftPercentage, isMassDrift } from '../../shared/domain/sums.ts';

const sums = (part: Parameters<typeof addSums>[1]) => addSums(NO_SUMS, part);

describe('the sums of a scan', () => {
  test('add up part by part', () => {
    const both = addSums(sums({ distinct: 3, drifts: { malformed: 1 } }), {
      distinct: 4,
      drifts: { malformed: 2, content_mismatch: 1 },
    });

    expect(both).toMatchObject({ distinct: 7, drifts: { malformed: 3, content_mismatch: 1 } });
  });

  test.each([
    [0, 0, 0],
    [200, 0, 0],
    [200, 3, 1.5],
    [0, 5, 100],
  ])('of %i ids with %i drifted make %f percent', (distinct, drifted, percent) => {
    expect(driftPercentage(sums({ distinct, drifts: { malformed: drifted } }))).toBe(percent);
  });
});

describe('the blast radius of a run', () => {
  const side = { distinct: 1000, graph: 1000, vectors: 1000 };
  test.each([
    ['nothing drifted', side, undefined],
    ['a tenth overwritten', { ...side, destructive: { graph: 100, vectors: 0 } }, undefined],
    ['more than a tenth overwritten', { ...side, destructive: { graph: 0, vectors: 101 } }, 'blast_radius'],
    [
      'nine of ten overwritten, but fewer than ten',
      { graph: 10, vectors: 10, destructive: { graph: 9, vectors: 0 } },
      undefined,
    ],
    [
      'any number copied',
      { ...side, verdicts: { copy_to_qdrant: 900 }, drifts: { missing_in_qdrant: 900 } },
      undefined,
    ],
    ['ids only suspected', { ...side, suspected: 1 }, 'mass_drift'],
    ['an empty side', { graph: 5, vectors: 0, drifts: { missing_in_qdrant: 5 } }, 'empty_side'],
    ['two empty sides', { graph: 0, vectors: 0 }, undefined],
    [
      'the last chunks deleted',
      { graph: 3, vectors: 3, verdicts: { delete_orphan: 3 } },
      'would_empty_a_side',
    ],
  ])('%s', (_what, part, reason) => {
    expect(blastRadius(sums(part))).toBe(reason);
  });
});

describe('mass drift', () => {
  test.each([
    [999, 999, false],
    [1000, 9_999, true],
    [1000, 10_000, false],
    [50_000, 100_000, true],
  ])('%i differing of %i compared: %s', (candidates, compared, is) => {
    expect(isMassDrift(candidates, compared)).toBe(is);
  });
});

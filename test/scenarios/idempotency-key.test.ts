import { describe, expect, test } from 'vitest';
import { repairKey } from '../../shared/operations/act.ts';

describe('idempotency key generation', () => {
  const parts = [['chunk', 'copy_to_qdrant', 'evidence', 0]];

  test('is the same within an hour and another in the next', () => {
    expect(repairKey('2026-11-24T12:00:00.000Z', parts)).toBe(repairKey('2026-11-24T12:59:59.999Z', parts));
    expect(repairKey('2026-11-24T12:59:59.999Z', parts)).not.toBe(
      repairKey('2026-11-24T13:00:00.000Z', parts),
    );
  });

  test.each([
    ['chunk', [['other', 'copy_to_qdrant', 'evidence', 0]]],
    ['action', [['chunk', 'copy_to_neo4j', 'evidence', 0]]],
    ['evidence', [['chunk', 'copy_to_qdrant', 'changed', 0]]],
    ['attempt', [['chunk', 'copy_to_qdrant', 'evidence', 1]]],
  ])('differs by %s', (_what, other) => {
    const at = '2026-11-24T12:00:00.000Z';
    expect(repairKey(at, other)).not.toBe(repairKey(at, parts));
  });
});

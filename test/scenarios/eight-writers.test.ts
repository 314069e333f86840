import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../shared/adapters/clock.ts';
import { writeDocument } from '../../shared/operations/write-document.ts';
import { aWrite } from '../support/documents.ts';
import { everything, textsOf } from '../support/stores.ts';
import { type LocalWorld, localWorld } from '../support/world.ts';

const WRITERS = 8;
const ROUNDS = 4;

let local: LocalWorld;
beforeAll(async () => {
  local = await localWorld();
});
afterAll(() => local.stop());

describe('eight writers on one document', () => {
  test('who name the version that they have read have one winner each time', async () => {
    const path = 'docs/contested.md';
    const world = { ...local.world, clock: systemClock };
    let { version } = await writeDocument(world, aWrite(local.project, path, ['nobody', 'shared']));
    for (let round = 0; round < ROUNDS; round++) {
      const texts = Array.from({ length: WRITERS }, (_, writer) => [
        `writer ${writer} of round ${round}`,
        'shared',
      ]);
      const writes = texts.map((of) =>
        writeDocument(world, { ...aWrite(local.project, path, of), precondition: { if_match: version } }),
      );

      const outcomes = await Promise.allSettled(writes);

      const winners = outcomes.flatMap((outcome, writer) =>
        outcome.status === 'fulfilled' ? [{ writer, ...outcome.value }] : [],
      );
      expect(winners).toHaveLength(1);
      const codes = outcomes.flatMap((outcome) =>
        outcome.status === 'rejected' ? [outcome.reason.code] : [],
      );
      expect(codes.every((code) => ['precondition_failed', 'document_busy'].includes(code))).toBe(true);
      expect(await textsOf(world, local.project, path)).toEqual(texts[winners[0]?.writer ?? -1]);
      version = winners[0]?.version ?? 0;
    }
  });

  test('each leaves either all of its text or none, whoever comes last', async () => {
    const path = 'docs/last-wins.md';
    const world = { ...local.world, clock: systemClock };
    const texts = Array.from({ length: WRITERS }, (_, writer) =>
      [1, 2, 3].map((part) => `${writer} says ${part}`),
    );

    await Promise.allSettled(texts.map((of) => writeDocument(world, aWrite(local.project, path, of))));

    const standing = await textsOf(world, local.project, path);
    expect(texts).toContainEqual(standing);
    const points = [...(await everything(world.vectors, local.project)).values()].filter(
      ({ file_path }) => file_path === path,
    );
    const [expected] = await Promise.all([world.embedder.embed(points.map(({ content }) => content ?? ''))]);
    for (const [index, { vector }] of points.entries())
      for (const [at, x] of (vector ?? []).entries()) expect(x).toBeCloseTo(expected[index]?.[at] ?? 9, 5);
  });
});

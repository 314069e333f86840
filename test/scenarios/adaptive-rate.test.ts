import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { repairBatch } from '../../shared/operations/repair.ts';
import type { World } from '../../shared/operations/world.ts';
import { damageTo } from '../support/damage.ts';
import { IS_THOROUGH } from '../support/effort.ts';
import { guarded } from '../support/mortal.ts';
import { requestRun } from '../support/repairs.ts';
import { aStory } from '../support/story.ts';
import type { LocalWorld } from '../support/world.ts';

const PER_MINUTE = 12;
const MINUTE = 60_000;

let local: LocalWorld & { ids: string[]; texts: string[] };
afterEach(() => local.stop());

/** A world in which the vectors' answers take so long. */
const answeringIn = (ms: number): World => {
  const { world } = local;
  const slowly = async (act: () => unknown) => {
    world.clock.advance(ms);
    return await act();
  };
  return { ...world, vectors: guarded(world.vectors, slowly) };
};

/** Lost points are asked for, a few at a time and more than are allowed; answers how many are back when the minute ends. */
const aMinute = async (ms: number): Promise<number> => {
  const { world, project } = local;
  const lost = local.ids.splice(0, PER_MINUTE + 4);
  await damageTo(local).deletePoints(lost);
  const run = await requestRun(local, lost);
  const started = Math.ceil(world.clock.now() / MINUTE) * MINUTE;
  world.clock.advance(started - world.clock.now());
  for (let at = 0; at < lost.length; at += 4) {
    const request = { project, repair_id: run, chunk_ids: lost.slice(at, at + 4), caller: randomUUID() };
    await repairBatch(answeringIn(ms), request);
  }
  expect(world.clock.now()).toBeLessThan(started + MINUTE);
  return (await world.repairs.get(project, run))?.counts.repaired ?? 0;
};
const minutes = async (count: number, ms: number): Promise<number[]> => {
  const repaired: number[] = [];
  for (let minute = 0; minute < count; minute++) repaired.push(await aMinute(ms));
  return repaired;
};

describe('a store that becomes slow', () => {
  test.runIf(IS_THOROUGH)(
    'gets fewer repairs a minute, and as many as configured once it is well again',
    async () => {
      local = await aStory(500);
      await local.world.projects.changeSettings(local.project, {
        ...{ repairs_per_minute: PER_MINUTE, grace_seconds: 0 },
      });

      const before = await minutes(3, 30);
      const during = await minutes(6, 600);
      const after = await minutes(14, 30);

      expect(before).toEqual([PER_MINUTE, PER_MINUTE, PER_MINUTE]);
      expect(during.at(-1)).toBeLessThanOrEqual(PER_MINUTE / 4);
      expect(during.at(-1)).toBeGreaterThan(0);
      expect(after.at(-1)).toBe(PER_MINUTE);
      expect(Math.max(...after)).toBe(PER_MINUTE);
    },
    60_000,
  );
});

import { afterEach, describe, expect, test } from 'vitest';
import { checkDocument } from '../support/checks.ts';
import { damageTo } from '../support/damage.ts';
import { driftsOf } from '../support/drive.ts';
import { firstStep, STRIDE } from '../support/effort.ts';
import { mortal } from '../support/mortal.ts';
import { aStory, PATH } from '../support/story.ts';
import type { LocalWorld } from '../support/world.ts';

let local: LocalWorld & { ids: string[] };
afterEach(() => local.stop());

const told = async () =>
  (await local.world.events.byDocument(local.project, PATH, { limit: 1000 })).items.filter(
    ({ event_type }) => event_type === 'drift_detected',
  );

describe('a check that dies anywhere', () => {
  test.each(['before', 'after'] as const)(
    '%s any step is done by the delivery that follows, and what it found is told once',
    async (when) => {
      local = await aStory(5);
      const lost = [local.ids[1] ?? '', local.ids[3] ?? ''];
      for (let step = firstStep(when); ; step += Math.min(STRIDE, 5)) {
        await damageTo(local).deletePoints(lost);
        await local.world.drifts.drop(local.project);
        const doomed = mortal(local.world, step, when);
        await checkDocument(local, PATH, doomed.world).catch(() => undefined);
        await checkDocument(local, PATH);

        expect([...(await driftsOf(local)).keys()].sort()).toEqual(lost.toSorted());
        expect(await told()).toHaveLength(1);
        if (!doomed.isDead()) return expect(step).toBeGreaterThan(15);
      }
    },
  );
});

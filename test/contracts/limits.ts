import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Limits } from '../../shared/ports.ts';
import { aProject, START } from './documents-builders.ts';

export interface LimitsUnderTest {
  limits: Limits;
  advance(ms: number): void;
  stop(): Promise<void>;
}
type Under = () => Limits;

const NOW = Date.parse(START);
const HOUR = 3_600_000;
const sum = (counts: number[]) => counts.reduce((total, count) => total + count, 0);
const aBudget = () => `day#${randomUUID()}`;

/** The promises of the port Limits. */
export const limitsContract = (name: string, make: () => Promise<LimitsUnderTest>) => {
  describe(`limits in ${name}`, () => {
    let tested: LimitsUnderTest;
    const under = () => tested.limits;
    beforeAll(async () => {
      tested = await make();
    });
    afterAll(() => tested?.stop());

    describe('a minute', () => minuteContract(under));
    describe('a budget', () => budgetContract(under));
    describe('a pace', () => paceContract(under));
    describe('expiry', () => expiryContract(under, (ms) => tested.advance(ms)));
  });
};

const minuteContract = (under: Under) => {
  it('gives what is left of it, and then nothing until the next one', async () => {
    const project = aProject();
    const take = (wanted: number, now: number) => under().takeFromMinute(project, wanted, 100, now);

    expect([await take(60, NOW), await take(60, NOW + 59_999), await take(1, NOW + 59_999)]).toEqual([
      60, 40, 0,
    ]);
    expect([await take(200, NOW + 60_000), await take(10, NOW + 60_001)]).toEqual([100, 0]);
    expect(await under().takeFromMinute(aProject(), 10, 100, NOW)).toBe(10);
  });

  it('follows a limit that is changed in between', async () => {
    const project = aProject();
    await under().takeFromMinute(project, 50, 100, NOW);

    expect(await under().takeFromMinute(project, 10, 40, NOW)).toBe(0);
    expect(await under().takeFromMinute(project, 10, 55, NOW)).toBe(5);
  });

  it('takes back what was not used, once, and gives it again', async () => {
    const project = aProject();
    const take = (wanted: number) => under().takeFromMinute(project, wanted, 100, NOW);
    await take(100);

    await under().giveBackToMinute(project, 30, NOW);

    expect([await take(40), await take(1)]).toEqual([30, 0]);
  });

  it('gives nothing to who wants nothing, or where nothing is allowed', async () => {
    const project = aProject();

    expect(await under().takeFromMinute(project, 0, 100, NOW)).toBe(0);
    expect(await under().takeFromMinute(project, 10, 0, NOW)).toBe(0);
  });
};

const budgetContract = (under: Under) => {
  it('is never exceeded by twenty who take at once, and is had in full in the end', async () => {
    for (const [wanted, most] of [
      [5, 50],
      [7, 50],
      [60, 50],
    ] as const) {
      const budget = aBudget();
      const take = () => under().takeFromBudget(budget, wanted, most, NOW + HOUR);

      const taken = await Promise.all(Array.from({ length: 20 }, take));

      expect(taken.every((count) => count >= 0 && count <= wanted)).toBe(true);
      expect(sum(taken)).toBeLessThanOrEqual(most);
      for (let i = 0; i < 10; i++) taken.push(await take());
      expect(sum(taken)).toBe(most);
    }
  });

  it('takes back what was not used, and never more than was taken', async () => {
    const budget = aBudget();
    const take = (wanted: number) => under().takeFromBudget(budget, wanted, 10, NOW + HOUR);
    await under().giveBack(budget, 3);
    await take(10);

    await under().giveBack(budget, 4);
    await under().giveBack(budget, 0);
    expect(await take(10)).toBe(4);

    await under().giveBack(budget, 11);
    expect(await take(10)).toBe(0);
  });
};

const paceContract = (under: Under) => {
  it('is full until one is kept, and then that one, of its project alone', async () => {
    const project = aProject();
    const { pace, revision } = await under().pace(project);
    expect([pace.share, revision]).toEqual([1, 0]);

    const kept = {
      ...pace,
      share: 0.5,
      sides: { ...pace.sides, graph: { baseline_ms: 20.5, recent_ms: [3] } },
    };
    expect(await under().keepPace(project, kept, revision)).toBe(true);

    expect((await under().pace(project)).pace).toEqual(kept);
    expect((await under().pace(aProject())).pace.share).toBe(1);
  });

  it('is kept by one of those who read the same one', async () => {
    const project = aProject();
    for (let round = 0; round < 3; round++) {
      const { pace, revision } = await under().pace(project);

      const kept = await Promise.all(
        [0.1, 0.2, 0.3].map((share) => under().keepPace(project, { ...pace, share }, revision)),
      );

      expect(kept.filter(Boolean)).toHaveLength(1);
      expect((await under().pace(project)).pace.share).toBe([0.1, 0.2, 0.3][kept.indexOf(true)]);
    }
  });
};

const expiryContract = (under: Under, advance: (ms: number) => void) => {
  it('begins a budget anew that nobody has deleted, once for all who come', async () => {
    const budget = aBudget();
    const take = (wanted: number, endsAt: number) => under().takeFromBudget(budget, wanted, 10, endsAt);
    await take(10, NOW + HOUR);
    advance(HOUR);

    await under().giveBack(budget, 10);
    const taken = await Promise.all(Array.from({ length: 10 }, () => take(2, NOW + 2 * HOUR)));

    expect(sum(taken)).toBe(10);
    expect(await take(1, NOW + 9 * HOUR)).toBe(0);
  });
};

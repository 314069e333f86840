import { expect, test } from 'vitest';
import { allEnded } from '../../shared/operations/all-ended.ts';

test('answers in the order of what was asked', async () => {
  expect(await allEnded([Promise.resolve(1), Promise.resolve('two')])).toEqual([1, 'two']);
});

test('is over when all have ended, and tells what failed first in their order', async () => {
  const over: string[] = [];
  const turn = async (name: string, turns: number, failure?: Error) => {
    for (let i = 0; i < turns; i++) await Promise.resolve();
    over.push(name);
    if (failure) throw failure;
  };

  const all = allEnded([
    turn('well', 30),
    turn('slow', 20, new Error('first asked')),
    turn('quick', 1, new Error('first over')),
  ]);

  await expect(all).rejects.toThrow('first asked');
  expect(over).toEqual(['quick', 'slow', 'well']);
});

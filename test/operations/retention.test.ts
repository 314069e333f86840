import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { cachedRetention } from '../../shared/adapters/cached-retention.ts';
import { anEvent } from '../contracts/event-store-events.ts';
import { failing } from '../support/failing.ts';
import { type LocalWorld, localWorld } from '../support/world.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

let local: LocalWorld;
let project: string;
beforeAll(async () => {
  local = await localWorld();
});
afterAll(() => local.stop());
beforeEach(() => {
  project = `t-${randomUUID().slice(0, 13)}`;
});

const append = async () => {
  const timestamp = new Date(local.world.clock.now()).toISOString();
  const event = anEvent({ project, timestamp, file_path: `${randomUUID()}.md` });
  await local.world.events.append(event);
  return event;
};
const isThere = async ({ stream, position }: Awaited<ReturnType<typeof append>>) =>
  (await local.world.events.get(stream, position)) !== undefined;

test('an event is kept by the retention of its project, and a change counts for those that come after', async () => {
  await local.world.projects.changeSettings(project, { retention_days: 10 });
  const short = await append();
  await local.world.projects.changeSettings(project, { retention_days: 20 });
  local.world.clock.advance(MINUTE);
  const long = await append();

  local.world.clock.advance(40 * DAY - MINUTE);
  expect([await isThere(short), await isThere(long)]).toEqual([true, true]);
  local.world.clock.advance(MINUTE);
  expect([await isThere(short), await isThere(long)]).toEqual([false, true]);
  local.world.clock.advance(10 * DAY + MINUTE);
  expect(await isThere(long)).toBe(false);
});

test('the retention is read once a minute, and again at once after it could not be read', async () => {
  const { world, hits, heal } = failing(local.world, { port: 'projects', methods: ['settings'] });
  const daysOf = cachedRetention(world.projects, world.clock);
  await expect(daysOf(project)).rejects.toThrow('cut off');
  await expect(daysOf(project)).rejects.toThrow('cut off');
  heal();

  expect(await daysOf(project)).toBe(365);
  await local.world.projects.changeSettings(project, { retention_days: 7 });
  expect(await daysOf(project)).toBe(365);
  local.world.clock.advance(MINUTE);
  expect(await daysOf(project)).toBe(7);
  expect(hits()).toBe(2);
});

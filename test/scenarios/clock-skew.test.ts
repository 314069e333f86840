import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { repairBatch } from '../../shared/operations/repair.ts';
import { settleWrites } from '../../shared/operations/settle-writes.ts';
import type { World } from '../../shared/operations/world.ts';
import { writeDocument } from '../../shared/operations/write-document.ts';
import { type Clocks, clocksOf, heldUp } from '../support/clocks.ts';
import { damageTo } from '../support/damage.ts';
import { aWrite, targetsOf } from '../support/documents.ts';
import { EAGER } from '../support/drive.ts';
import { firstStep, STRIDE } from '../support/effort.ts';
import { badlyEnded, eventsOfDocument } from '../support/history.ts';
import { requestRun } from '../support/repairs.ts';
import { textsOf } from '../support/stores.ts';
import { type LocalWorld, localWorld } from '../support/world.ts';

const [BEHIND, AHEAD] = [-5_000, 5_000];
const DEADLINE_MS = 60_000;
/** For who goes behind the deadline is four seconds away by now; for who goes ahead it has passed. */
const NEARLY_MS = DEADLINE_MS + BEHIND + 1_000;
const HOUR_MS = 3_600_000;
const OLD = ['one', 'two', 'three'];
const RIVAL = ['one', 'rival'];

let local: LocalWorld;
let clocks: Clocks;
let documents = 0;
beforeAll(async () => {
  local = await localWorld();
  clocks = clocksOf(local);
  await writeDocument(local.world, aWrite(local.project, 'first.md', ['registers the project']));
  await local.world.projects.changeSettings(local.project, { ...EAGER, grace_seconds: 0 });
});
afterAll(() => local.stop());

const settle = () => settleWrites(local.world, () => 600_000);
const write = (world: World, path: string, texts: string[]) =>
  writeDocument(world, aWrite(local.project, path, texts)).then(
    () => 'written',
    (error) => error.code ?? error,
  );
const aDocument = async () => {
  const path = `document-${documents++}.md`;
  await writeDocument(local.world, aWrite(local.project, path, OLD));
  return path;
};
const settledLater = async (path: string): Promise<string[]> => {
  local.world.clock.advance(10 * DEADLINE_MS);
  await settle();
  expect((await local.world.documents.head(local.project, path))?.open).toBeUndefined();
  expect(await badlyEnded(local, path)).toEqual([]);
  return await textsOf(local.world, local.project, path);
};

describe('a writer whose clock goes behind, beside others whose clocks go ahead', () => {
  test('is left alone while its deadline is minutes away', async () => {
    await local.world.projects.changeSettings(local.project, { write_deadline_seconds: 180 });
    const path = await aDocument();
    const slow = heldUp(local.world, 14, async () => {
      local.world.clock.advance(120_000);
      expect((await clocks.off(AHEAD, settle)).settled).toEqual([]);
    });

    expect(await clocks.off(BEHIND, () => write(slow.world, path, RIVAL))).toBe('written');

    expect(slow.wasHeld()).toBe(true);
    expect(await settledLater(path)).toEqual(RIVAL);
    await local.world.projects.changeSettings(local.project, { write_deadline_seconds: 60 });
  });

  describe.each([
    { kind: 'an edit', after: ['one', 'zwei', 'three', 'four'], reserved: 5 },
    { kind: 'a shorter text', after: ['eins'], reserved: 5 },
    { kind: 'a removal', after: [] as string[], reserved: 7 },
  ])('with $kind', ({ after, reserved }) => {
    test('that is settled too early at any step is wholly old or wholly new', async () => {
      for (let step = firstStep('before'); ; step += STRIDE) {
        const path = await aDocument();
        const slow = heldUp(local.world, step, async () => {
          local.world.clock.advance(NEARLY_MS);
          await clocks.off(AHEAD, settle);
        });

        const outcome = await clocks.off(BEHIND, () => write(slow.world, path, after));

        const texts = await settledLater(path);
        if (outcome === 'written') expect(texts).toEqual(after);
        else expect([OLD, after]).toContainEqual(texts);
        if (!slow.wasHeld()) return expect(step).toBeGreaterThan(15);
      }
    });

    test('never touches the text of the writer that took its place', async () => {
      for (let step = reserved; ; step += Math.ceil(STRIDE / 2)) {
        const path = await aDocument();
        const slow = heldUp(local.world, step, async () => {
          local.world.clock.advance(NEARLY_MS);
          expect(await clocks.off(AHEAD, () => write(local.world, path, RIVAL))).toBe('written');
        });

        const outcome = await clocks.off(BEHIND, () => write(slow.world, path, after));

        const texts = await settledLater(path);
        if (!slow.wasHeld()) return expect({ outcome, texts }).toEqual({ outcome: 'written', texts: after });
        expect(texts).toEqual(RIVAL);
      }
    });
  });
});

describe('a repairer whose clock goes behind, beside others whose clocks go ahead', () => {
  const repair = async (world: World, id: string) =>
    repairBatch(world, {
      project: local.project,
      repair_id: await requestRun(local, [id]),
      chunk_ids: [id],
      caller: randomUUID(),
    });
  const secondOf = (path: string) => targetsOf(local.project, path, OLD)[1]?.chunk.chunk_id ?? '';

  test.each([
    { kind: 'a lost point', inflict: (id: string) => damageTo(local).deletePoints([id]) },
    { kind: 'an altered node', inflict: (id: string) => damageTo(local).setNode(id, { content: 'damaged' }) },
    { kind: 'a moved point', inflict: (id: string) => damageTo(local).setPayload(id, { start_line: 77 }) },
  ])('at any step of mending $kind: each repair has one end, and the text is right', async ({ inflict }) => {
    for (let step = firstStep('before'); ; step += STRIDE) {
      const path = await aDocument();
      await inflict(secondOf(path));
      const slow = heldUp(local.world, step, async () => {
        local.world.clock.advance(NEARLY_MS);
        await clocks.off(AHEAD, settle);
        await clocks.off(AHEAD, () => repair(local.world, secondOf(path)));
      });

      await clocks.off(BEHIND, () => repair(slow.world, secondOf(path)));

      expect(await settledLater(path)).toEqual(OLD);
      if (!slow.wasHeld()) return expect(step).toBeGreaterThan(15);
    }
  });

  test('two of them at once repair a chunk once, even where the hour is another for each', async () => {
    const path = await aDocument();
    await damageTo(local).deletePoints([secondOf(path)]);
    local.world.clock.advance(HOUR_MS - (clocks.trueNow() % HOUR_MS) - 1_000);

    const rows = await Promise.all(
      [BEHIND, AHEAD].map((off) => clocks.off(off, () => repair(local.world, secondOf(path)))),
    );

    expect(rows.flat().filter(({ outcome }) => outcome === 'repaired')).toHaveLength(1);
    const events = await eventsOfDocument(local, path);
    expect(events.filter(({ event_type }) => event_type === 'repair_completed')).toHaveLength(1);
    expect(await settledLater(path)).toEqual(OLD);
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { settleWrites } from '../../shared/operations/settle-writes.ts';
import { writeDocument } from '../../shared/operations/write-document.ts';
import { aWrite } from '../support/documents.ts';
import { firstStep, STRIDE } from '../support/effort.ts';
import { failing } from '../support/failing.ts';
import { Death, mortal } from '../support/mortal.ts';
import { textsOf } from '../support/stores.ts';
import { type LocalWorld, localWorld } from '../support/world.ts';

let local: LocalWorld;
beforeAll(async () => {
  local = await localWorld();
  await writeDocument(local.world, aWrite(local.project, 'first.md', ['registers the project']));
});
afterAll(() => local.stop());

const OLD = ['one', 'two', 'three'];
const NEW = ['one', 'zwei', 'three', 'four'];
const MINUTES = 10 * 60_000;

const kinds = [
  { kind: 'create', before: [], after: NEW },
  { kind: 'edit', before: OLD, after: NEW },
  { kind: 'shrink', before: OLD, after: ['one'] },
  { kind: 'removal', before: OLD, after: [] },
];

/** Kills a write at one step, lets settle finish it, and checks that the document is wholly old or wholly new. */
const dieAndSettle = async (
  path: string,
  before: string[],
  after: string[],
  step: number,
  when: 'before' | 'after',
) => {
  if (before.length > 0) await writeDocument(local.world, aWrite(local.project, path, before));
  const doomed = mortal(local.world, step, when);
  const end = await writeDocument(doomed.world, aWrite(local.project, path, after)).catch((error) => error);
  local.world.clock.advance(MINUTES);
  await settleWrites(local.world, () => MINUTES);

  const texts = await textsOf(local.world, local.project, path);
  expect([before, after]).toContainEqual(texts);
  const head = await local.world.documents.head(local.project, path);
  expect(head?.open).toBeUndefined();
  const manifest = head && (await local.world.documents.manifest(head));
  expect(manifest?.chunks.length ?? 0).toBe(texts.length);
  await expectOneEnd(path);
  return { isDead: doomed.isDead(), end, texts };
};

/** Each operation that was announced has exactly one end. */
const expectOneEnd = async (path: string) => {
  const { items } = await local.world.events.byDocument(local.project, path, { limit: 1000 });
  const started = items.filter(({ event_type }) => event_type === 'write_started');
  for (const { version } of started) {
    const ends = items.filter(
      (event) => event.version === version && ['write_completed', 'write_failed'].includes(event.event_type),
    );
    expect(ends.map(({ event_type }) => event_type)).toHaveLength(1);
  }
};

describe.each(kinds)('a process that dies during a $kind', ({ kind, before, after }) => {
  test.each(['before', 'after'] as const)(
    '%s any of its steps leaves the document wholly old or wholly new',
    async (when) => {
      for (let step = firstStep(when); ; step += STRIDE) {
        const { isDead, end } = await dieAndSettle(`${kind}-${when}-${step}.md`, before, after, step, when);
        if (isDead) expect(end).toBeInstanceOf(Death);
        else return expect(step).toBeGreaterThan(10);
      }
    },
  );
});

describe('a process that dies during a rollback', () => {
  test.each(['before', 'after'] as const)(
    '%s any of its steps: settle brings the old text back',
    async (when) => {
      for (let step = firstStep(when); ; step += STRIDE) {
        const path = `rollback-${when}-${step}.md`;
        await writeDocument(local.world, aWrite(local.project, path, OLD));
        const broken = failing(local.world, { port: 'vectors', methods: ['apply'], when: 'after' });
        const doomed = mortal(broken.world, step, when);
        await writeDocument(doomed.world, aWrite(local.project, path, NEW)).catch(() => undefined);
        local.world.clock.advance(MINUTES);
        await settleWrites(local.world, () => MINUTES);

        expect([OLD, NEW]).toContainEqual(await textsOf(local.world, local.project, path));
        await expectOneEnd(path);
        if (!doomed.isDead()) return expect(step).toBeGreaterThan(15);
      }
    },
  );
});

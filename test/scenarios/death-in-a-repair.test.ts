import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { contentHash } from '../../shared/domain/chunk.ts';
import { repairBatch } from '../../shared/operations/repair.ts';
import { settleWrites } from '../../shared/operations/settle-writes.ts';
import { writeDocument } from '../../shared/operations/write-document.ts';
import { damageTo } from '../support/damage.ts';
import { aWrite, targetsOf } from '../support/documents.ts';
import { EAGER } from '../support/drive.ts';
import { firstStep, STRIDE } from '../support/effort.ts';
import { mortal } from '../support/mortal.ts';
import { requestRun } from '../support/repairs.ts';
import { everything, textsOf } from '../support/stores.ts';
import { type LocalWorld, localWorld } from '../support/world.ts';

const TEXTS = ['one', 'two', 'three'];
const MINUTES = 10 * 60_000;

let local: LocalWorld;
let documents = 0;
beforeAll(async () => {
  local = await localWorld();
  await writeDocument(local.world, aWrite(local.project, 'first.md', ['registers the project']));
  await local.world.projects.changeSettings(local.project, {
    ...EAGER,
    grace_seconds: 0,
    attempts_per_chunk: 50,
  });
});
afterAll(() => local.stop());

interface Kind {
  kind: string;
  /** Damages one chunk of a document; answers which, and what the document must be at the end. */
  damage(path: string): Promise<{ id: string; texts: string[] }>;
}

const second = (path: string) => targetsOf(local.project, path, TEXTS)[1]?.chunk.chunk_id ?? '';
const written = async (path: string) => {
  await writeDocument(local.world, aWrite(local.project, path, TEXTS));
  return second(path);
};
const damaged = (kind: string, inflict: (id: string) => Promise<void>): Kind => ({
  kind,
  async damage(path) {
    const id = await written(path);
    await inflict(id);
    return { id, texts: TEXTS };
  },
});

const kinds: Kind[] = [
  damaged('copy_to_qdrant', (id) => damageTo(local).deletePoints([id])),
  damaged('copy_to_neo4j', (id) => damageTo(local).deleteNodes([id])),
  damaged('reconcile_content in Qdrant', (id) =>
    damageTo(local).setPayload(id, { content: 'damaged', content_hash: contentHash('damaged') }),
  ),
  damaged('reconcile_content in Neo4j', (id) => damageTo(local).setNode(id, { content: 'damaged' })),
  damaged('reconcile_metadata', (id) => damageTo(local).setPayload(id, { start_line: 77 })),
  {
    kind: 'delete_orphan',
    async damage(path) {
      const id = await written(path);
      const point = (await local.world.vectors.read(local.project, [id], { vectors: true })).get(id);
      await writeDocument(local.world, aWrite(local.project, path, ['one']));
      const { vector = [], ...payload } = point ?? {};
      await damageTo(local).upsertPoint(id, payload, vector);
      return { id, texts: ['one'] };
    },
  },
];

const repair = async (world: LocalWorld['world'], id: string) =>
  repairBatch(world, {
    project: local.project,
    repair_id: await requestRun(local, [id]),
    chunk_ids: [id],
    caller: randomUUID(),
  });

/** Every announced repair of a document has one end. */
const expectOneEndEach = async (path: string) => {
  const { items } = await local.world.events.byDocument(local.project, path, { limit: 1000 });
  for (const { version } of items.filter(({ event_type }) => event_type === 'repair_started')) {
    const ends = items.filter(
      (event) =>
        event.version === version && ['repair_completed', 'repair_failed'].includes(event.event_type),
    );
    expect(ends).toHaveLength(1);
  }
};

describe.each(kinds)('a process that dies during $kind', ({ kind, damage }) => {
  test.each(['before', 'after'] as const)(
    '%s any of its steps: the next repair ends it, and nothing is lost',
    async (when) => {
      for (let step = firstStep(when); ; step += STRIDE) {
        const path = `repair-${documents++}.md`;
        const { id, texts } = await damage(path);
        const before = await everything(local.world.vectors, local.project);
        const doomed = mortal(local.world, step, when);
        await repair(doomed.world, id).catch(() => undefined);
        local.world.clock.advance(MINUTES);
        await settleWrites(local.world, () => MINUTES);
        await repair(local.world, id);

        expect(await textsOf(local.world, local.project, path)).toEqual(texts);
        expect((await local.world.documents.head(local.project, path))?.open).toBeUndefined();
        await expectOneEndEach(path);
        if (kind === 'delete_orphan') await expectKept(id, before.get(id)?.content);
        if (!doomed.isDead()) return expect(step).toBeGreaterThan(10);
      }
    },
  );
});

/** What was removed is in quarantine, whole. */
const expectKept = async (id: string, content: string | null | undefined) => {
  const { items } = await local.world.quarantine.list(local.project, { limit: 100 });
  const entry = items.find(({ chunk_id }) => chunk_id === id);
  const whole = await local.world.quarantine.get(local.project, entry?.quarantine_id ?? '');
  expect(JSON.stringify(whole?.images)).toContain(content);
};

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { contentHash } from '../../shared/domain/chunk.ts';
import { UnavailableError } from '../../shared/errors.ts';
import { checkWrites } from '../../shared/operations/check-writes.ts';
import { reserveDocument } from '../../shared/operations/reserve.ts';
import { timestamp } from '../../shared/operations/world.ts';
import { writeDocument } from '../../shared/operations/write-document.ts';
import { checkDocument, endedWrites } from '../support/checks.ts';
import { type Damage, damageTo } from '../support/damage.ts';
import { aWrite, targetsOf } from '../support/documents.ts';
import { driftsOf, scanThrough } from '../support/drive.ts';
import { failing } from '../support/failing.ts';
import { guarded } from '../support/mortal.ts';
import { everything, textsOf } from '../support/stores.ts';
import { aStory, PATH } from '../support/story.ts';
import type { LocalWorld } from '../support/world.ts';

let local: LocalWorld & { ids: string[]; texts: string[] };
let damage: Damage;
beforeEach(async () => {
  local = await aStory(4);
  damage = damageTo(local);
});
afterEach(() => local.stop());

const idAt = (index: number) => local.ids[index] ?? '';
const lost = () => damage.deletePoints([idAt(1)]);
const told = async (file_path = PATH) =>
  (await local.world.events.byDocument(local.project, file_path, { limit: 1000 })).items.filter(
    ({ event_type }) => event_type === 'drift_detected',
  );
const nothing = async () => {
  expect([await told(), [...(await driftsOf(local)).keys()]]).toEqual([[], []]);
};

describe('what was acknowledged and is lost', () => {
  test.each<[string, string, string, () => Promise<unknown>]>([
    ['a point', 'missing_in_qdrant', 'ghost_delete', lost],
    ['a node', 'missing_in_neo4j', 'ghost_delete', () => damage.deleteNodes([idAt(1)])],
    [
      'both copies',
      'missing_in_both',
      'ghost_delete',
      async () => {
        await lost();
        await damage.deleteNodes([idAt(1)]);
      },
    ],
    [
      'a text, beside its old hash',
      'content_mismatch',
      'altered',
      () => damage.setNode(idAt(1), { content: 'Another text.' }),
    ],
    [
      'the text of both copies',
      'content_mismatch',
      'altered',
      async () => {
        const other = { content: 'Another text.', content_hash: contentHash('Another text.') };
        await damage.setNode(idAt(1), other);
        await damage.setPayload(idAt(1), { ...other, embedded_hash: other.content_hash });
      },
    ],
    [
      'a vector, of which only its record tells',
      'stale_embedding',
      'altered',
      () => damage.setPayload(idAt(1), { embedded_hash: contentHash('Another text.') }),
    ],
  ])('%s is found as %s', async (_, type, cause, harm) => {
    await harm();

    const { checked, found } = await checkDocument(local, PATH);

    expect([checked, found.length]).toEqual([1, 1]);
    const drifts = await driftsOf(local);
    expect([...drifts.keys()]).toEqual([idAt(1)]);
    expect(drifts.get(idAt(1))).toMatchObject({
      type,
      cause,
      file_path: PATH,
      status: 'open',
      scan_id: null,
    });
  });

  test('a removal is found where what it removed stands', async () => {
    const kept = (await everything(local.world.vectors, local.project)).get(idAt(3));
    await writeDocument(local.world, aWrite(local.project, PATH, local.texts.slice(0, 3)));
    const { vector = [], ...payload } = kept ?? {};
    await damage.upsertPoint(idAt(3), payload as Record<string, unknown>, vector);

    await checkDocument(local, PATH);

    expect((await driftsOf(local)).get(idAt(3))).toMatchObject({ type: 'deleted_but_present' });
  });

  test('is told in the story of its write', async () => {
    await lost();
    const [write] = await endedWrites(local, PATH);

    await checkDocument(local, PATH);

    expect(await told()).toMatchObject([
      {
        correlation_id: write?.correlation_id,
        causation_id: write?.event_id,
        metadata: { scan_id: null, drifts: [{ chunk_id: idAt(1), type: 'missing_in_qdrant' }] },
      },
    ]);
  });

  test('is told and recorded once, however often its write rings', async () => {
    await lost();
    const writes = await endedWrites(local, PATH);
    for (let time = 0; time < 3; time++)
      await checkWrites(local.world, [...writes, ...writes], () => 120_000);
    await Promise.all([1, 2].map(() => checkDocument(local, PATH)));

    expect(await told()).toHaveLength(1);
    expect(await driftsOf(local)).toHaveLength(1);
  });

  test('is released for repair by the next scan alone, which judges the whole project', async () => {
    await lost();

    await checkDocument(local, PATH);

    expect(local.world.bus.held).toEqual([]);
    const { rows, scan } = await scanThrough(local, 'fingerprints');
    expect(rows).toMatchObject([{ chunk_id: idAt(1), outcome: 'repaired' }]);
    expect((await driftsOf(local)).get(idAt(1))).toMatchObject({ status: 'repaired', scan_id: scan.scan_id });
    expect(await textsOf(local.world, local.project, PATH)).toEqual(local.texts);
  });

  test('is told anew where it is lost again after its repair', async () => {
    for (let time = 0; time < 2; time++) {
      await writeDocument(local.world, aWrite(local.project, PATH, local.texts));
      await lost();
      await checkDocument(local, PATH);
      expect((await driftsOf(local)).get(idAt(1))?.status).toBe('open');
      await scanThrough(local, 'fingerprints');
    }

    expect(new Set((await told()).map(({ causation_id }) => causation_id ?? 'a scan')).size).toBe(3);
  });
});

describe('what is left alone', () => {
  test('a document that stands as written, without a wait', async () => {
    const before = local.world.clock.now();

    expect(await checkDocument(local, PATH)).toMatchObject({ checked: 1, left: 0, found: [], failed: [] });

    expect(local.world.clock.now()).toBe(before);
    await nothing();
  });

  test('a difference that is gone when the grace period is over', async () => {
    await damage.setPayload(idAt(1), { chunk_index: 9 });
    const { sleep } = local.world.clock;
    const world = {
      ...local.world,
      clock: {
        ...local.world.clock,
        async sleep(ms: number) {
          await damage.setPayload(idAt(1), { chunk_index: 1 });
          await sleep(ms);
        },
      },
    };

    await checkDocument(local, PATH, world);

    await nothing();
  });

  test('a write that another has taken the place of', async () => {
    await lost();
    await writeDocument(local.world, aWrite(local.project, PATH, ['One.', 'Two.', 'Three.']));

    expect((await checkDocument(local, PATH)).checked).toBe(1);

    await nothing();
  });

  test('a document that is written again meanwhile', async () => {
    await lost();
    await reserveDocument(local.world, {
      project: local.project,
      file_path: PATH,
      kind: 'write',
      correlation_id: local.world.ids.uuid(),
      deadlineSeconds: 60,
    });

    expect(await checkDocument(local, PATH)).toMatchObject({ checked: 0, in_flight: 1 });

    await nothing();
  });

  test('what is known already, without a wait', async () => {
    await lost();
    await checkDocument(local, PATH);
    const [before, now] = [await driftsOf(local), local.world.clock.now()];

    expect((await checkDocument(local, PATH)).found).toEqual([]);

    expect([await driftsOf(local), local.world.clock.now()]).toEqual([before, now]);
  });

  test('what a scan has found: it may be on its way to its repair', async () => {
    await local.world.projects.changeSettings(local.project, { mode: 'observe' });
    await lost();
    await scanThrough(local, 'fingerprints');
    const before = await driftsOf(local);

    expect((await checkDocument(local, PATH)).found).toEqual([]);

    expect(await driftsOf(local)).toEqual(before);
  });

  test('a project that wants no such checks', async () => {
    await lost();
    await local.world.projects.changeSettings(local.project, { check_writes: false });

    expect(await checkDocument(local, PATH)).toMatchObject({ checked: 0 });

    await nothing();
  });
});

describe('a write whose document is closed a moment after its last event', () => {
  test('is looked at once it is closed', async () => {
    const closing = Promise.withResolvers<void>();
    const slow = {
      ...local.world,
      documents: guarded(local.world.documents, async (act, method) => {
        if (method === 'close') await closing.promise;
        return await act();
      }),
    };
    const writing = writeDocument(slow, aWrite(local.project, PATH, ['One.', 'Two.', 'Three.', 'Four.']));
    await expect.poll(async () => (await endedWrites(local, PATH)).length).toBe(2);
    const world = {
      ...local.world,
      clock: {
        ...local.world.clock,
        async sleep(_ms: number) {
          closing.resolve();
          await writing;
          await lost();
          world.clock = local.world.clock;
        },
      },
    };

    expect(await checkDocument(local, PATH, world)).toMatchObject({ checked: 1, in_flight: 0 });

    expect((await driftsOf(local)).get(idAt(1))).toMatchObject({ type: 'missing_in_qdrant' });
  });
});

describe('what can not be looked at', () => {
  test.each(['graph', 'vectors'] as const)(
    'since the %s does not answer is never taken for lost, and comes again',
    async (port) => {
      const { world, heal } = failing(local.world, { port });

      expect((await checkDocument(local, PATH, world)).failed).toMatchObject([
        { error: { dependency: port } },
      ]);
      await nothing();

      heal();
      expect(await checkDocument(local, PATH, world)).toMatchObject({ checked: 1, failed: [], found: [] });
      await nothing();
    },
  );

  test('since a side falls silent between the two looks is not recorded, and comes again', async () => {
    await lost();
    const { world, heal } = failing(local.world, {
      port: 'vectors',
      methods: ['read'],
      hits: (call) => call > 2,
    });

    expect((await checkDocument(local, PATH, world)).failed).toHaveLength(1);
    await nothing();

    heal();
    expect((await checkDocument(local, PATH, world)).found).toHaveLength(1);
  });

  test('does not keep the documents of other projects from their check', async () => {
    const other = `${local.project}-other`;
    const there = { ...local, project: other };
    await writeDocument(local.world, aWrite(other, PATH, local.texts));
    await damageTo(there).deletePoints(targetsOf(other, PATH, ['']).map(({ chunk }) => chunk.chunk_id));
    const vectors = guarded(local.world.vectors, (act, method, [project]) => {
      if (project !== local.project) return act();
      throw new UnavailableError('vectors', 'network', `${method} was cut off`);
    });
    const writes = [...(await endedWrites(local, PATH)), ...(await endedWrites(there, PATH))];

    const { failed, found } = await checkWrites({ ...local.world, vectors }, writes, () => 120_000);

    expect(failed.flatMap((one) => one.writes.map(({ project }) => project))).toEqual([local.project]);
    expect(found.map(({ write }) => write.project)).toEqual([other]);
  });

  test('in time, since a side lets each project wait, is left to the scan before the function is killed', async () => {
    const until = local.world.clock.now() + 120_000;
    const others = Array.from({ length: 5 }, (_, other) => `${local.project}-${other}`);
    const writes = await endedWrites(local, PATH);
    for (const project of others) {
      await writeDocument(local.world, aWrite(project, PATH, local.texts));
      writes.push(...(await endedWrites({ ...local, project }, PATH)));
    }
    const graph = guarded(local.world.graph, () => {
      local.world.clock.advance(40_000);
      throw new UnavailableError('graph', 'timeout', 'no answer in time');
    });

    const remainingMs = () => until - local.world.clock.now();
    const { failed, left } = await checkWrites({ ...local.world, graph }, writes, remainingMs);

    expect([failed.length, left]).toEqual([1, 5]);
    expect(remainingMs()).toBeGreaterThan(0);
  });

  test.each(['first', 'second'] as const)(
    'since one document alone takes too long at its %s look is set aside, and holds up no other',
    async (which) => {
      const slow = {
        ...local,
        ids: targetsOf(local.project, 'slow.md', ['Slow.']).map(({ chunk }) => chunk.chunk_id),
      };
      await writeDocument(local.world, aWrite(local.project, 'slow.md', ['Slow.']));
      await damage.deletePoints([idAt(1), ...slow.ids]);
      const writes = [...(await endedWrites(local, 'slow.md')), ...(await endedWrites(local, PATH))];
      const began = local.world.clock.now();
      const isNow = () => which === 'first' || local.world.clock.now() > began;
      const graph = guarded(local.world.graph, (act, method, [, ids]) => {
        const isSlow = method === 'read' && isNow() && (ids as string[]).some((id) => slow.ids.includes(id));
        if (!isSlow) return act();
        throw new UnavailableError('graph', 'timeout', 'no answer in time');
      });

      const report = await checkWrites({ ...local.world, graph }, writes, () => 120_000);

      expect(report).toMatchObject({ failed: [], aside: [{ write: { file_path: 'slow.md' } }] });
      expect(report.checked).toBe(which === 'first' ? 1 : 2);
      expect([...(await driftsOf(local)).keys()]).toEqual([idAt(1)]);
      await scanThrough(local, 'fingerprints');
      expect([...(await driftsOf(local)).keys()].sort()).toEqual([idAt(1), ...slow.ids].sort());
    },
  );

  test('since a side falls silent while documents are looked at one by one is not set aside', async () => {
    let pings = 0;
    const graph = guarded(local.world.graph, (act, method) => {
      if (method === 'ping' && ++pings === 1) return act();
      throw new UnavailableError('graph', 'timeout', 'no answer in time');
    });

    const report = await checkDocument(local, PATH, { ...local.world, graph });

    expect([report.failed.length, report.aside, pings]).toEqual([1, [], 2]);
  });

  test('in a collection that is gone is left to the scan, which asks a person', async () => {
    await damage.dropCollection();

    expect(await checkDocument(local, PATH)).toMatchObject({ left: 1, failed: [], found: [] });

    await nothing();
  });

  test('in a collection that is another project’s is left to the scan', async () => {
    await lost();
    const vectors = guarded(local.world.vectors, (act, method) =>
      method === 'identity' ? 'another' : act(),
    );

    expect(await checkDocument(local, PATH, { ...local.world, vectors })).toMatchObject({
      left: 1,
      found: [],
    });

    await nothing();
  });

  test('in time is left to the scan', async () => {
    await lost();

    expect(await checkDocument(local, PATH, local.world, () => 10_500)).toMatchObject({ left: 1, found: [] });

    await nothing();
  });

  test('within a quarter of an hour is left to the scans that have been meanwhile', async () => {
    await lost();
    local.world.clock.advance(15 * 60_000);

    expect(await checkDocument(local, PATH)).toMatchObject({ checked: 0, left: 1 });

    await nothing();
  });
});

test('of a lost store some hundred chunks are recorded at once, and the rest is left to the scan', async () => {
  const documents = Array.from({ length: 8 }, (_, index) => `docs/${index}.md`);
  const texts = Array.from({ length: 100 }, (_, index) => `Paragraph ${index}.`);
  for (const path of documents) await writeDocument(local.world, aWrite(local.project, path, texts));
  await damage.emptyCollection();
  const writes = documents.map((file_path) => ({
    project: local.project,
    file_path,
    correlation_id: local.world.ids.uuid(),
    event_id: local.world.ids.uuid(),
    timestamp: timestamp(local.world),
  }));

  const { found, left } = await checkWrites(local.world, writes, () => 120_000);

  expect(found.flatMap(({ items }) => items)).toHaveLength(500);
  expect(left).toBe(3);
  const { scan } = await scanThrough(local, 'fingerprints');
  expect(scan.status).toBe('needs_approval');
});

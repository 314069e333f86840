import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { EMPTY_MANIFEST } from '../../shared/domain/document.ts';
import { settleWrites } from '../../shared/operations/settle-writes.ts';
import { writeDocument } from '../../shared/operations/write-document.ts';
import { aWrite, targetsOf } from '../support/documents.ts';
import { failing } from '../support/failing.ts';
import { everything, textsOf } from '../support/stores.ts';
import { type LocalWorld, localWorld } from '../support/world.ts';

let local: LocalWorld;
let path: string;
let documents = 0;

beforeAll(async () => {
  local = await localWorld();
});
afterAll(() => local.stop());
beforeEach(() => {
  path = `docs/${documents++}.md`;
});

const write = (texts: string[]) => writeDocument(local.world, aWrite(local.project, path, texts));
const texts = () => textsOf(local.world, local.project, path);
const head = () => local.world.documents.head(local.project, path);
const manifest = async () => {
  const standing = await head();
  return standing ? await local.world.documents.manifest(standing) : EMPTY_MANIFEST;
};
const EVENTS = ['write_started', 'neo4j_written', 'qdrant_written', 'write_completed'];
const types = async () => {
  const { items } = await local.world.events.byDocument(local.project, path, { limit: 1000 });
  return items.map(({ event_type }) => event_type);
};

describe('a synchronized write', () => {
  test('puts a new document on both sides and records every phase', async () => {
    const result = await write(['one', 'two']);

    expect(result).toMatchObject({ created: true, version: 1 });
    expect(result.chunks.map(({ change }) => change)).toEqual(['created', 'created']);
    expect(await texts()).toEqual(['one', 'two']);
    expect(await types()).toEqual(EVENTS);
  });

  test('edits one chunk and leaves the others as they were', async () => {
    await write(['one', 'two', 'three']);
    const before = await everything(local.world.vectors, local.project);

    const result = await write(['one', 'zwei', 'three']);

    const after = await everything(local.world.vectors, local.project);
    expect(result.chunks.map(({ change }) => change)).toEqual(['unchanged', 'updated', 'unchanged']);
    expect(await texts()).toEqual(['one', 'zwei', 'three']);
    const touched = [...after.values()].filter(
      (point) => point.write_id !== before.get(point.chunk_id)?.write_id,
    );
    expect(touched.map(({ content }) => content)).toEqual(['zwei']);
  });

  test('does not embed again what has only moved', async () => {
    const embedder = {
      ...local.world.embedder,
      embed: () => Promise.reject(new Error('no text may be embedded')),
    };
    await write(['one', 'two', 'three']);

    const moved = targetsOf(local.project, path, ['one', 'two', 'three']).map((target) => ({
      chunk: {
        ...target.chunk,
        start_line: target.chunk.start_line + 5,
        end_line: target.chunk.end_line + 5,
      },
    }));
    await writeDocument({ ...local.world, embedder }, { ...aWrite(local.project, path, []), targets: moved });

    expect(await texts()).toEqual(['one', 'two', 'three']);
  });

  test('removes what a shorter document no longer has', async () => {
    await write(['one', 'two', 'three']);

    const result = await write(['one']);

    expect(result.chunks.map(({ change }) => change)).toEqual(['unchanged', 'removed', 'removed']);
    expect(await texts()).toEqual(['one']);
  });

  test('keeps its version when nothing changes', async () => {
    const first = await write(['one', 'two']);

    const again = await write(['one', 'two']);

    expect(again.version).toBe(first.version);
    expect(again.chunks.every(({ change }) => change === 'unchanged')).toBe(true);
  });

  test('removes a whole document and gives its successor a higher version', async () => {
    await write(['one', 'two']);

    const removal = await write([]);
    expect(await texts()).toEqual([]);
    expect((await local.world.documents.head(local.project, path))?.state).toBe('deleted');

    const next = await write(['three']);
    expect(next.version).toBeGreaterThan(removal.version);
    expect(await texts()).toEqual(['three']);
  });

  test('refuses the removal of what is not there', async () => {
    await expect(write([])).rejects.toMatchObject({ code: 'not_found' });
    expect((await local.world.documents.head(local.project, path))?.open).toBeUndefined();
  });

  test('obeys If-Match and If-None-Match', async () => {
    const { version } = await write(['one']);
    const conditional = (precondition: { if_match: number } | { if_none_match: '*' }) =>
      writeDocument(local.world, { ...aWrite(local.project, path, ['two']), precondition });

    await expect(conditional({ if_none_match: '*' })).rejects.toMatchObject({ code: 'precondition_failed' });
    await expect(conditional({ if_match: version + 1 })).rejects.toMatchObject({
      code: 'precondition_failed',
    });
    expect(await texts()).toEqual(['one']);
    await conditional({ if_match: version });
    expect(await texts()).toEqual(['two']);
  });

  test('refuses a chunk id that belongs to another document, before anything is touched', async () => {
    await write(['one']);
    const theirs = targetsOf(local.project, path, ['one'])[0];
    const other = aWrite(local.project, `${path}.copy`, ['mine']);
    const target = other.targets[0];
    if (!theirs || !target) throw new Error('no targets');

    const stolen = { chunk: { ...target.chunk, chunk_id: theirs.chunk.chunk_id } };
    await expect(writeDocument(local.world, { ...other, targets: [stolen] })).rejects.toMatchObject({
      code: 'chunk_owned',
    });

    expect(await texts()).toEqual(['one']);
    expect((await local.world.documents.head(local.project, `${path}.copy`))?.open).toBeUndefined();
  });

  test("keeps a caller's vector on both sides and never embeds its text", async () => {
    const vector = Array.from({ length: 384 }, (_, index) => (index === 7 ? 1 : 0));
    const targets = targetsOf(local.project, path, ['mine']).map((target) => ({ ...target, vector }));
    await writeDocument(local.world, { ...aWrite(local.project, path, []), targets });

    const id = targets[0]?.chunk.chunk_id ?? '';
    const [node, point] = [
      (await local.world.graph.read(local.project, [id], { vectors: true })).get(id),
      (await local.world.vectors.read(local.project, [id], { vectors: true })).get(id),
    ];
    expect(point).toMatchObject({ embedding_model: 'caller', vector });
    expect(node).toMatchObject({ embedding_model: 'caller', vector });
  });

  test('mends in passing what it finds drifted', async () => {
    await write(['one', 'two']);
    const [id] = targetsOf(local.project, path, ['one']).map(({ chunk }) => chunk.chunk_id);
    await local.cypher.write((run) =>
      run("MATCH (c:Chunk {chunk_id: $id}) SET c.content = 'damaged'", { id }),
    );

    await write(['one', 'two']);

    expect(await texts()).toEqual(['one', 'two']);
  });
});

describe('a store that fails during a write', () => {
  const cases = [
    { port: 'graph', methods: ['apply'], when: 'before' },
    { port: 'vectors', methods: ['apply'], when: 'before' },
    { port: 'vectors', methods: ['apply'], when: 'after' },
    { port: 'vectors', methods: ['read'], when: 'before' },
    { port: 'embedder', methods: ['embed'], when: 'before' },
    { port: 'events', methods: ['append'], when: 'before' },
  ] as const;

  test.each(cases)(
    '$port $methods cut off $when: the old text stands on both sides',
    async ({ port, methods, when }) => {
      await write(['one', 'two']);
      const { world } = failing(local.world, { port, methods: [...methods], when });

      await expect(
        writeDocument(world, aWrite(local.project, path, ['eins', 'two', 'drei'])),
      ).rejects.toMatchObject({
        code: 'unavailable',
      });

      expect(await texts()).toEqual(['one', 'two']);
    },
  );

  test('an unknown commit that took effect goes on to the other side', async () => {
    await write(['one']);
    const { world } = failing(local.world, {
      port: 'graph',
      methods: ['apply'],
      when: 'after',
      hits: (n) => n === 1,
    });

    await writeDocument(world, aWrite(local.project, path, ['eins']));

    expect(await texts()).toEqual(['eins']);
  });

  test('an event store that fails after the commit does not stop the write; settle records it', async () => {
    await write(['one']);
    const { world } = failing(local.world, { port: 'events', methods: ['append'], hits: (n) => n > 1 });

    await writeDocument(world, aWrite(local.project, path, ['eins']));

    expect(await texts()).toEqual(['eins']);
  });

  test.each(['before', 'after'] as const)(
    'a manifest whose storing fails %s it leaves the write told to its end, and open until settle closes it',
    async (when) => {
      await write(['one']);
      const { world } = failing(local.world, { port: 'documents', methods: ['keep'], when });

      await writeDocument(world, aWrite(local.project, path, ['eins']));

      expect((await types()).slice(4)).toEqual(EVENTS);
      expect(await head()).toMatchObject({ committed: 1, open: { version: 2 } });
      local.world.clock.advance(5 * 60_000);
      await settleWrites(local.world, () => 60_000);
      expect(await head()).toMatchObject({ committed: 2, state: 'present' });
      expect((await head())?.open).toBeUndefined();
      expect(await manifest()).toMatchObject({ version: 2, chunks: [{ version: 2 }] });
      expect(await texts()).toEqual(['eins']);
    },
  );

  test('what a first write that was given up may still bring back stays removed in the next one', async () => {
    const { world } = failing(local.world, { port: 'vectors', methods: ['apply'], kind: 'partial' });
    await expect(writeDocument(world, aWrite(local.project, path, ['one', 'two']))).rejects.toThrow();
    const { removed: given } = await manifest();

    await write(['one']);

    const { chunks, removed } = await manifest();
    expect(given).toHaveLength(2);
    expect(removed).toEqual(given.filter((id) => id !== chunks[0]?.chunk_id));
  });
});

import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { ALL_IDS } from '../../shared/domain/chunk.ts';
import type { Under } from './chunk-store.ts';
import { aChunk, aGuard, asStored, by, given, put, readOne } from './chunk-store-builders.ts';

const TEXTS: Record<string, string> = {
  'emoji and joined emoji': 'ok 😀 👩‍👩‍👧 🏴󠁧󠁢󠁥󠁮󠁧󠁿',
  'a lone carriage return': 'a\rb\r\nc',
  'a NUL and other control characters': 'a\u0000b\u0007c\u001b[0m',
  'a decomposed letter': 'e\u0301',
  'quotes, back-ticks and dollars': `"it's" \`RETURN 1\` $project \${x} \\u0060 \\`,
  'nothing but white space': ' \n\t ',
  '100 KB': 'Zeile mit Umlaut ä und mehr. '.repeat(3_500),
};

const BROKEN = {
  content: 42,
  content_hash: ['v1:'],
  file_path: true,
  chunk_index: 'seven',
  start_line: 1.5,
  end_line: null,
  version: '3',
  write_id: 7,
};

export const oddDataContract = (under: Under) => {
  for (const [name, content] of Object.entries(TEXTS))
    it(`comes back to the letter: ${name}`, async () => {
      const { store, project } = under();
      const guard = aGuard(project, { file_path: 'it\'s `odd` "path" $p 😀.md' });
      const chunk = aChunk({ content, file_path: guard.file_path });

      await given(store, guard, [chunk]);

      expect(await readOne(store, project, chunk.chunk_id)).toMatchObject(asStored(chunk, guard));
      const { chunks } = await store.contents(project.project, ALL_IDS, undefined, 10);
      expect(chunks).toMatchObject([asStored(chunk, guard)]);
    });

  it('of others survives a put', async () => {
    const { store, project, damage, raw } = under();
    const [first, second] = [aGuard(project), aGuard(project, { version: 2 })];
    const chunk = aChunk();
    await given(store, first, [chunk]);
    await damage(chunk.chunk_id, { their_note: 'keep me', their_list: [1, 2, 3] });

    await store.apply(second, [put({ ...chunk, chunk_index: 3, version: 2 }, by(first.op_id))]);

    expect(await raw(chunk.chunk_id)).toMatchObject({
      their_note: 'keep me',
      their_list: [1, 2, 3],
      chunk_index: 3,
    });
  });

  it('of a wrong type or none comes out as null, and stops no page', async () => {
    const { store, project, damage } = under();
    const guard = aGuard(project);
    const [broken, intact] = [aChunk(), aChunk({ chunk_index: 1 })];
    const bare = randomUUID();
    await given(store, guard, [broken, intact]);
    await damage(broken.chunk_id, BROKEN);
    await damage(bare, { their_note: 'nothing of ours' });

    const { ids, hashes, versions } = await store.fingerprints(project.project, ALL_IDS, undefined, 10);
    const { chunks } = await store.contents(project.project, ALL_IDS, undefined, 10);

    expect(ids).toEqual([broken.chunk_id, intact.chunk_id, bare].sort());
    for (const id of [broken.chunk_id, bare]) {
      expect(hashes[ids.indexOf(id)]).toBeNull();
      expect(versions[ids.indexOf(id)]).toBeNull();
      const nulls = Object.fromEntries(Object.keys(BROKEN).map((key) => [key, null]));
      expect(chunks[ids.indexOf(id)]).toMatchObject({ chunk_id: id, ...nulls });
      expect(await readOne(store, project, id)).toMatchObject({ chunk_id: id, ...nulls });
    }
    expect(chunks[ids.indexOf(intact.chunk_id)]).toMatchObject(asStored(intact, guard));
  });

  it('without a writer can be put over', async () => {
    const { store, project, damage } = under();
    const guard = aGuard(project);
    const chunk = aChunk();
    await damage(chunk.chunk_id, { content: 'adopted', file_path: chunk.file_path, their_note: 'keep me' });

    expect(await store.apply(guard, [put(chunk, by(null))])).toEqual({
      applied: [chunk.chunk_id],
      refused: [],
    });

    expect(await readOne(store, project, chunk.chunk_id)).toMatchObject(asStored(chunk, guard));
  });
};

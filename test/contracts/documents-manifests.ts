import { expect, it } from 'vitest';
import { EMPTY_MANIFEST, type Manifest, unborn } from '../../shared/domain/document.ts';
import { closeWith } from '../../shared/operations/close-with.ts';
import type { Documents } from '../../shared/ports.ts';
import { affordable } from '../support/effort.ts';
import { aManifest, aProject, eachOf, later, reserved, standing, written } from './documents-builders.ts';

/** The promises about manifests: the intent of a document, which only the end of an operation changes. */
export const manifestContract = (under: () => Documents) => {
  it('are empty for a document that was never committed', async () => {
    const project = aProject();
    const open = await reserved(under(), project, 'open.md');

    expect(await under().manifest(unborn(project, 'none.md'))).toEqual(EMPTY_MANIFEST);
    expect(await under().manifest(open)).toEqual(EMPTY_MANIFEST);
    expect(await under().manifests([])).toEqual(new Map());
  });

  it('become visible with the end of their operation, and not before', async () => {
    const project = aProject();
    const first = await written(under(), project, 'a.md', 3);
    const open = await reserved(under(), project, 'a.md');
    const manifest = aManifest(2, 5);

    await under().decide(open, 'commit');
    expect(await under().manifest(open)).toEqual(first.manifest);
    const closed = await closeWith(under(), open, later(7_000), { manifest, state: 'present' });

    expect(await under().manifest(closed)).toEqual(manifest);
    expect(closed).toEqual({
      ...unborn(project, 'a.md'),
      head: 2,
      committed: 2,
      state: 'present',
      chunk_count: 5,
      committed_at: later(7_000),
      closed_at: later(7_000),
    });
    expect(await under().head(project, 'a.md')).toEqual(closed);
  });

  it('stay as they are when an operation ends without one', async () => {
    const project = aProject();
    const { head, manifest } = await written(under(), project, 'a.md', 3);
    const repair = await reserved(under(), project, 'a.md', { kind: 'repair' });

    const closed = await under().close(repair, later(9_000));

    expect(closed).toEqual({ ...head, head: 2, closed_at: later(9_000) });
    expect(await under().manifest(closed)).toEqual(manifest);
  });

  it('of a removal hold the removed ids', async () => {
    const project = aProject();
    const { manifest } = await written(under(), project, 'a.md', 3);
    const open = await reserved(under(), project, 'a.md', { kind: 'removal' });
    const removed = [...manifest.removed, ...manifest.chunks.map((entry) => entry.chunk_id)];

    const gone = { version: 2, chunks: [], removed };
    const closed = await closeWith(under(), open, later(5), { manifest: gone, state: 'deleted' });

    expect(closed).toMatchObject({ state: 'deleted', committed: 2, chunk_count: 0 });
    expect(await under().manifest(closed)).toEqual(gone);
  });

  it('of a rollback keep the committed version and its time, with more removed ids', async () => {
    const project = aProject();
    const { head, manifest } = await written(under(), project, 'a.md', 3);
    const raised = await under().raise(await reserved(under(), project, 'a.md'));
    const more = { ...manifest, removed: [...manifest.removed, '00000000-0000-4000-8000-000000000001'] };

    const closed = await closeWith(under(), raised, later(9_000), { manifest: more, state: head.state });

    expect(closed).toEqual({ ...head, head: 3, closed_at: later(9_000) });
    expect(await under().manifest(closed)).toEqual(more);
  });

  it('of a rolled back first write hold its ids as removed, while the document stays absent', async () => {
    const raised = await under().raise(await reserved(under(), aProject(), 'a.md'));
    const manifest: Manifest = { ...EMPTY_MANIFEST, removed: aManifest(1, 1).removed };

    const closed = await closeWith(under(), raised, later(5), { manifest, state: 'absent' });

    expect(closed).toMatchObject({ head: 2, committed: 0, state: 'absent', chunk_count: 0 });
    expect(await under().manifest(closed)).toEqual(manifest);
  });

  it('hold 12,000 chunks as they went, and fewer again afterwards', async () => {
    const project = aProject();

    for (const count of [12_000, 20_000, 3]) {
      const { head, manifest } = await written(under(), project, 'long.md', count);
      expect(head.chunk_count).toBe(count);
      expect(await under().manifest(head)).toEqual(manifest);
    }
  });

  it('hold hashes, ids and numbers of any form', async () => {
    const odd = {
      chunk_id: 'Not-A-UUID',
      content_hash: 'v2:sha3',
      start_line: -1,
      end_line: 2 ** 40,
      version: 1.5,
    };
    const usual = aManifest(1, 1);
    const hashes = [
      '',
      'v1:ABCD',
      `v1:${'A'.repeat(32)}`,
      `v2:${'a'.repeat(32)}`,
      'v1:ca978112ca1bbdcafac231b39a23dc4dé',
    ];
    const odds = hashes.map((content_hash) => ({ ...odd, content_hash }));
    const open = await reserved(under(), aProject(), 'a.md');

    const manifest = {
      ...usual,
      chunks: [...usual.chunks, ...odds],
      removed: [...usual.removed, 'also odd'],
    };
    const closed = await closeWith(under(), open, later(5), { manifest, state: 'present' });

    expect(await under().manifest(closed)).toEqual(manifest);
  });

  it('come for many documents at once, big ones and empty ones', async () => {
    const project = aProject();
    const counts = [
      ...Array.from({ length: affordable(8, 30) }, () => 2_000),
      ...Array.from({ length: 90 }, (_, i) => i),
      12_000,
    ];
    const wanted = new Map<string, Manifest>();
    await eachOf([...counts.entries()], async ([i, count]) => {
      const { manifest } = await written(under(), project, `${i}.md`, count);
      wanted.set(`${i}.md`, manifest);
    });
    const heads = [...(await under().heads(project, [...wanted.keys()])).values()];

    const found = await under().manifests([...heads, ...heads.slice(0, 3), unborn(project, 'none.md')]);

    expect(found.size).toBe(wanted.size + 1);
    expect(found.get('none.md')).toEqual(EMPTY_MANIFEST);
    for (const [path, manifest] of wanted) expect(found.get(path)).toEqual(manifest);
  });

  it('are the newest, whole, also for who holds an old head while writers commit', async () => {
    const project = aProject();
    const { head: old } = await written(under(), project, 'a.md', 10);
    let isWriting = true;
    const seen = new Set<number>();
    const reader = async () => {
      while (isWriting) {
        const manifest = await under().manifest(old);
        expect(manifest).toEqual(aManifest(manifest.version, manifest.version * 10, 'a.md'));
        seen.add(manifest.version);
      }
    };
    const writer = async () => {
      for (let version = 2; version <= 25; version++) await written(under(), project, 'a.md', version * 10);
      isWriting = false;
    };
    await Promise.all([writer(), reader(), reader(), reader()]);

    expect(seen.size).toBeGreaterThan(3);
    expect(await under().manifest(old)).toEqual(
      await under().manifest(await standing(under(), project, 'a.md')),
    );
  });
};

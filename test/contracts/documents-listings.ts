import { expect, it } from 'vitest';
import { EMPTY_MANIFEST } from '../../shared/domain/document.ts';
import { MANIFEST_SHARES } from '../../shared/domain/tally.ts';
import { InvalidError } from '../../shared/errors.ts';
import type { Documents } from '../../shared/ports.ts';
import { affordable } from '../support/effort.ts';
import { allPages, aProject, eachOf, later, reserved, standing, written } from './documents-builders.ts';

const HEADS = affordable(100, 500);

/** Sorted as their bytes of UTF-8 are. */
const byBytes = (paths: string[]) => paths.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

/** 1,024 bytes of UTF-8, of characters of one to four bytes. */
const longPath = (first: string) => {
  const path = `${first}/${'é€😀x'.repeat(101)}`;
  return path.padEnd(path.length + 1024 - Buffer.byteLength(path), 'z');
};

/** The promises about reading many heads. */
export const headListingContract = (under: () => Documents) => {
  it('hold many heads in the order of their paths, in pages of 7', async () => {
    const project = aProject();
    const paths = Array.from({ length: HEADS }, (_, i) => `docs/${(i * 7919) % HEADS}.md`);
    await eachOf(paths, (path) => reserved(under(), project, path));
    await reserved(under(), `${project}-2`, 'docs/0.md');

    const pages = await allPages((page) => under().list(project, page), 7);

    expect(pages.flat().map((head) => head.file_path)).toEqual(byBytes(paths));
    expect(pages.slice(0, -1).every((page) => page.length === 7)).toBe(true);
    expect(pages).toHaveLength(Math.ceil(HEADS / 7));
    expect(pages.flat()[0]).toEqual(await standing(under(), project, 'docs/0.md'));
  });

  it('hold the manifests too, of those that have one and of those that have none', async () => {
    const project = aProject();
    const wanted = [];
    for (const [i, path] of ['a.md', 'b.md', 'c.md', 'd.md'].entries())
      wanted.push(await written(under(), project, path, i === 2 ? 12_000 : i + 1));
    const head = await reserved(under(), project, 'e.md');

    const pages = await allPages((page) => under().listManifests(project, page), 3);

    expect(pages.map((page) => page.length)).toEqual([3, 2]);
    expect(pages.flat()).toEqual([...wanted, { head, manifest: EMPTY_MANIFEST }]);
  });

  it('hold each head in one share, in pages too', async () => {
    const project = aProject();
    const paths = Array.from({ length: 100 }, (_, i) => `${i}.md`);
    await eachOf(paths, (path) => reserved(under(), project, path));

    const shares = await Promise.all(
      Array.from({ length: MANIFEST_SHARES }, (_, share) =>
        allPages((page) => under().list(project, page, share), 3),
      ),
    );

    const found = shares.flat(2).map((head) => head.file_path);
    expect(found).toHaveLength(100);
    expect(byBytes(found)).toEqual(byBytes(paths));
    expect(shares.filter((pages) => pages.flat().length > 0).length).toBeGreaterThan(8);
  });

  it('take paths of 1,024 bytes and of any script, and order them by their bytes', async () => {
    const project = aProject();
    const paths = [
      longPath('😀'),
      longPath('a'),
      '😀.md',
      '\uff5e.md',
      'é.md',
      'z.md',
      'a b/#1%.md',
      `a/b#c`,
      longPath('a').slice(0, -1),
    ];
    expect(paths.filter((path) => Buffer.byteLength(path) === 1024)).toHaveLength(2);
    for (const path of paths) {
      const { head, manifest } = await written(under(), project, path);
      expect(head.file_path).toBe(path);
      expect(await under().manifest(head)).toEqual(manifest);
    }

    const pages = await allPages((page) => under().list(project, page), 2);

    expect(pages.flat().map((head) => head.file_path)).toEqual(byBytes(paths));
  });

  it('go on where they were, though documents come and go between the pages', async () => {
    const project = aProject();
    for (const path of ['b.md', 'd.md', 'f.md']) await reserved(under(), project, path);

    const first = await under().list(project, { limit: 2 });
    for (const path of ['a.md', 'e.md']) await reserved(under(), project, path);
    const rest = await under().list(project, { limit: 2, cursor: first.next_cursor ?? '' });

    expect(first.items.map((head) => head.file_path)).toEqual(['b.md', 'd.md']);
    expect(rest.items.map((head) => head.file_path)).toEqual(['e.md', 'f.md']);
    expect(rest.next_cursor).toBeUndefined();
  });

  it('refuse a cursor that was tampered with, or is of another listing', async () => {
    const project = aProject();
    for (const path of ['a.md', 'b.md', 'c.md']) await reserved(under(), project, path);
    const { next_cursor: cursor = '' } = await under().list(project, { limit: 1 });
    const tampered = `${cursor.startsWith('I') ? 'J' : 'I'}${cursor.slice(1)}`;

    await expect(under().list(project, { limit: 1, cursor: tampered })).rejects.toThrow(InvalidError);
    await expect(under().list(project, { limit: 1, cursor: 'cursor' })).rejects.toThrow(InvalidError);
    await expect(under().list(`${project}-2`, { limit: 1, cursor })).rejects.toThrow(InvalidError);
    await expect(under().list(project, { limit: 1, cursor }, 3)).rejects.toThrow(InvalidError);
  });

  it('find 250 heads by path, and none under a path that can be none', async () => {
    const project = aProject();
    const paths = Array.from({ length: 250 }, (_, i) => `${i}.md`);
    await eachOf(paths, (path) => reserved(under(), project, path));
    const impossible = ['', 'x'.repeat(1025), 'é'.repeat(513), '\ud800.md'];

    const found = await under().heads(project, [...paths, ...paths, ...impossible, 'none.md']);

    expect([...found.keys()].sort()).toEqual([...paths].sort());
    expect(found.get('7.md')).toEqual(await standing(under(), project, '7.md'));
    for (const path of impossible) {
      expect(await under().head(project, path)).toBeUndefined();
      await expect(reserved(under(), project, path)).rejects.toThrow(InvalidError);
    }
    expect(await under().heads(project, [])).toEqual(new Map());
  });

  it('find the operations whose deadline has passed, at any age and of any project, and no others', async () => {
    const [one, other] = [aProject(), aProject()];
    const late = await reserved(under(), one, 'late.md', { deadline: later(-1) });
    const ancient = await reserved(under(), other, 'ancient.md', { deadline: '2020-01-01T00:00:00.000Z' });
    const exact = await reserved(under(), one, 'exact.md', { deadline: later(0) });
    await reserved(under(), one, 'alive.md', { deadline: later(1) });
    const ended = await reserved(under(), one, 'ended.md', { deadline: later(-1) });
    await under().close(ended, later(-1));
    const raised = await under().raise(await reserved(under(), one, 'raised.md', { deadline: later(-1) }));

    const overdue = (await under().overdue(later(0), 1000)).filter((head) =>
      [one, other].includes(head.project),
    );

    expect(overdue).toHaveLength(4);
    expect(overdue).toEqual(expect.arrayContaining([late, ancient, exact, raised]));
    expect((await under().overdue(later(0), 2))[0]).toEqual(ancient);
    expect(await under().overdue(later(0), 2)).toHaveLength(2);
    const [, second] = await under().overdue(later(0), 2);
    expect(await under().overdue(later(0), 1, ancient)).toEqual([second]);
  });

  it('are walked past in pages of overdue ones, although all are so since the same moment', async () => {
    const project = aProject();
    const paths = Array.from({ length: 23 }, (_, i) => `${i}.md`);
    await eachOf(paths, (path) => reserved(under(), project, path, { deadline: later(-1) }));

    const found: string[] = [];
    let page = await under().overdue(later(0), 5);
    for (; page.length > 0; page = await under().overdue(later(0), 5, page.at(-1)))
      found.push(...page.filter((head) => head.project === project).map(({ file_path }) => file_path));

    expect(found.sort()).toEqual(paths.sort());
  });

  it('count the open operations of one project', async () => {
    const project = aProject();
    const open = await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        reserved(under(), project, `${i}.md`, { deadline: later(i - 15) }),
      ),
    );
    await reserved(under(), `${project}-2`, 'a.md');

    expect(await under().openCount(project)).toBe(30);
    await eachOf(open.slice(0, 10), (head) => under().close(head, later(1)));
    expect(await under().openCount(project)).toBe(20);
    expect(await under().openCount(aProject())).toBe(0);
  });
};

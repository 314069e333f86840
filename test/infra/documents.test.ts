import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { configuration } from '../../infra/configuration.ts';

const DOCUMENTS = ['README.md', 'infra/README.md', 'infra/RUNBOOK.md'];
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, found = '']) => found);

describe.each(DOCUMENTS)('%s', (file) => {
  const text = readFileSync(file, 'utf8');

  test('names commands that there are', () => {
    for (const name of all(text, /npm run ([\w:]+)/g)) expect([name, name in scripts]).toEqual([name, true]);
  });

  test('names files that there are', () => {
    const named = all(text, /`((?:infra|functions|shared|test)\/[\w./-]*)`/g);
    for (const path of named) expect([path, existsSync(path)]).toEqual([path, true]);
  });

  test('links to files and headings that there are', () => {
    for (const link of all(text, /\]\((?!https?:)([^)]+)\)/g)) {
      const [path = '', anchor] = link.split('#');
      const target = join(dirname(file), path);
      expect([link, existsSync(target)]).toEqual([link, true]);
      if (anchor === undefined) continue;
      const headings = all(readFileSync(target, 'utf8'), /^#+ (.+)$/gm).map(anchorOf);
      expect(headings).toContain(anchor);
    }
  });
});

test('the README leads a newcomer from what it is to the decisions, in this order', () => {
  const headings = all(readFileSync('README.md', 'utf8'), /^## ([\w ]+)/gm);
  const way = ['Watch it heal', 'Your own stores', 'On AWS', 'Tests and figures', 'Decisions'];
  expect(headings.filter((heading) => way.includes(heading))).toEqual(way);
});

test('the page of the deployment names every field of its configuration', () => {
  const text = readFileSync('infra/README.md', 'utf8');
  for (const field of Object.keys(configuration.shape))
    expect([field, text.includes(`\`${field}\``)]).toEqual([field, true]);
});

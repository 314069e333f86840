import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { IS_THOROUGH } from '../support/effort.ts';
import { killAll, localRun, startLocal } from '../support/local-run.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-demo-'));
});
afterEach(async () => {
  await killAll();
  rmSync(folder, { recursive: true });
});

const write = (name: string, content: string | Buffer) => {
  mkdirSync(join(folder, name, '..'), { recursive: true });
  writeFileSync(join(folder, name), content);
};
/** Some twenty chunks. */
const someText = (name: string) =>
  Array.from({ length: 60 }, (_, n) => `${name} ${n}. `.repeat(30)).join('\n\n');

describe('the demonstration with a folder of one’s own', () => {
  test.runIf(IS_THOROUGH)(
    'writes what is text, says how much it left out and why, and ends in one JSON object',
    async () => {
      for (const name of ['ONE.MD', 'cafe\u0301.md', 'x.md/inner.txt']) write(name, someText(name));
      write('tab\t.md', 'its name has a tab');
      writeFileSync(Buffer.from(`${folder}/bad\xff.md`, 'latin1'), 'its name is not UTF-8');
      write('latin.txt', Buffer.from('caf\xe9', 'latin1'));
      write('empty.md', ' \n');
      write('large.md', 'a'.repeat(400_001));
      symlinkSync('nowhere', join(folder, 'dangling.md'));
      symlinkSync('loop.md', join(folder, 'loop.md'));

      const { code, stdout, stderr } = await localRun(['--json', '--path', folder]);
      const report = JSON.parse(stdout);

      expect([code, stderr, report.ok]).toEqual([0, '', true]);
      expect(report.corpus.documents).toBe(3);
      expect(report.left_out).toEqual({
        'not a usable name': 2,
        'not UTF-8 text': 1,
        empty: 1,
        'too large': 1,
        unreadable: 2,
      });
      expect(report.corpus.seconds).toBe(Math.round(report.corpus.seconds * 1000) / 1000);
    },
  );
});

describe('a demonstration that is stopped', () => {
  test('says so, says what is left, and ends as Ctrl-C does', async () => {
    const run = startLocal(['--once']);
    await run.saying('Writing to both stores');
    run.child.kill('SIGINT');
    const { code, stderr } = await run.ended;

    expect([code, stderr]).toEqual([
      130,
      'Stopped by SIGINT. All of it was in memory, so nothing is left.\n',
    ]);
  });

  test('ends when nobody reads it any more', async () => {
    write('a.md', someText('a'));
    const run = startLocal(['--once', '--path', folder]);
    await run.saying('project');
    run.child.stdout.destroy();

    expect((await run.ended).code).toBe(141);
  });
});

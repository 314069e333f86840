import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { splitText } from '../../shared/adapters/text-splitter.ts';

const contents = (text: string) => splitText(text).map(({ content }) => content);
const paragraph = (words: number, word = 'word') => Array.from({ length: words }, () => word).join(' ');
const visible = (text: string) => text.replace(/\s+/g, '');
const lines = (text: string) => text.split(/\r\n|\r|\n/);

describe('splitting a document', () => {
  test.each(['', ' ', '\n', ' \r\n\t\u00a0\n', '\ufeff'])('finds nothing in %j', (text) => {
    expect(splitText(text)).toEqual([]);
  });

  test('keeps a short document in one piece, without the white space around it', () => {
    expect(splitText('\n\n  one\ntwo\n\n')).toEqual([{ content: 'one\ntwo', start_line: 3, end_line: 4 }]);
  });

  test.each([
    ['\\n', 'a\nb\nc', 3],
    ['\\r\\n', 'a\r\nb\r\nc', 3],
    ['\\r', 'a\rb\rc', 3],
    ['all three', 'a\rb\r\nc\nd\n\re', 6],
  ])('counts lines that end in %s', (_, text, end_line) => {
    expect(splitText(text)).toEqual([{ content: text, start_line: 1, end_line }]);
  });

  test('cuts between paragraphs rather than in one', () => {
    const [first, second] = [paragraph(100, 'one'), paragraph(100, 'two')];

    expect(contents(`${first}\n\n${second}`)).toEqual([first, second]);
  });

  test('cuts between words, and makes no piece of more than 150', () => {
    for (const content of contents(paragraph(1000))) {
      expect(content).toMatch(/^(word )*word$/);
      expect(content.split(' ').length).toBeLessThanOrEqual(150);
    }
  });

  test.each([
    ['a surrogate pair', '😀'],
    ['a letter with its accent', 'e\u0301'],
    ['a family joined by zero-width joiners', '👨‍👩‍👧‍👦'],
    ['a flag', '🇪🇺'],
  ])('does not cut %s in a run without spaces', (_, letter) => {
    const pieces = contents(letter.repeat(10_000));

    expect(pieces.length).toBeGreaterThan(1);
    for (const piece of pieces) expect(piece).toBe(letter.repeat(piece.length / letter.length));
  });

  test('cuts minified code and text without spaces', () => {
    const longest = Math.max(...contents('x'.repeat(50_000)).map(({ length }) => length));

    expect(longest).toBeLessThanOrEqual(6_000);
  });
});

describe('of any document', () => {
  const text = fc
    .array(
      fc.oneof(
        fc.string({ unit: 'grapheme' }),
        fc.constantFrom(' ', '\n', '\r\n', '\r', '\n\n', paragraph(60)),
      ),
      { maxLength: 40 },
    )
    .map((parts) => parts.join(''));

  test('each piece is an exact slice, and every visible character is in exactly one, in order', () => {
    fc.assert(
      fc.property(text, (document) => {
        let from = 0;
        for (const piece of contents(document)) {
          const at = document.indexOf(piece, from);
          expect(visible(document.slice(from, at))).toBe('');
          from = at + piece.length;
        }
        expect(visible(document.slice(from))).toBe('');
      }),
    );
  });

  test('each piece stands on the lines that it tells', () => {
    fc.assert(
      fc.property(text, (document) => {
        for (const { content, start_line, end_line } of splitText(document)) {
          expect(lines(document)[start_line - 1]).toContain(lines(content)[0]);
          expect(end_line - start_line).toBe(lines(content).length - 1);
        }
      }),
    );
  });

  test('the same document always gives the same, well-formed pieces', () => {
    fc.assert(
      fc.property(text, (document) => {
        expect(splitText(document)).toEqual(splitText(document));
        for (const { content } of splitText(document))
          expect(content.isWellFormed()).toBe(document.isWellFormed());
      }),
    );
  });
});

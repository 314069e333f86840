import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitText, type TextPiece } from '../../shared/adapters/text-splitter.ts';

const contents = (text: string) => splitText(text).map(({ content }) => content);
const sentence = (n: number) => `This is sentence number ${n} of a long text about nothing. `;
const prose = (sentences: number) =>
  Array.from({ length: sentences }, (_, n) => sentence(n))
    .join('')
    .trimEnd();

describe('splitting a document', () => {
  it.each(['', ' ', '\n', ' \r\n\t\u00a0\n', '\ufeff'])('finds nothing in %j', (text) => {
    expect(splitText(text)).toEqual([]);
  });

  it('keeps a short document in one piece, without the white space around it', () => {
    expect(splitText('\n\n  one\ntwo\n\n')).toEqual([{ content: '  one\ntwo', start_line: 3, end_line: 4 }]);
  });

  it.each([
    ['\\n', 'a\nb\nc', 3],
    ['\\r\\n', 'a\r\nb\r\nc', 3],
    ['\\r', 'a\rb\rc', 3],
    ['all three', 'a\rb\r\nc\nd\n\re', 6],
  ])('counts lines that end in %s', (_, text, end_line) => {
    expect(splitText(text)).toEqual([{ content: text, start_line: 1, end_line }]);
  });

  it('cuts at the end of a paragraph rather than at a later line', () => {
    const [first, second] = [prose(15), prose(15)];

    expect(contents(`${first}\n\n${second}`)).toEqual([first, second]);
  });

  it.each(['\r\n', '\r', '\n'])('sees a paragraph end with %j, also with blanks on the empty line', (end) => {
    const [first, second] = [prose(15), prose(15).replaceAll('. ', `.${end}`)];

    expect(contents(`${first}${end} \t${end}${second}`)[0]).toBe(first);
  });

  it('cuts at the end of a line rather than of a later sentence', () => {
    const [first, second] = [prose(15), prose(15)];

    expect(contents(`${first}\n${second}`)).toEqual([first, second]);
  });

  it('cuts at the end of a sentence where there is no line end', () => {
    for (const content of contents(prose(100))) expect(content).toMatch(/^This .*\.$/);
  });

  it('cuts Chinese after its full stop', () => {
    for (const content of contents('這是一個句子。'.repeat(1000))) expect(content).toMatch(/^這.*。$/);
  });

  it('cuts between words where there is no sentence', () => {
    for (const content of contents('word '.repeat(1000))) expect(content).toMatch(/^(word )*word$/);
  });

  it('keeps the indentation of the line at which a piece begins', () => {
    const [, second] = contents(`def f():\n${'    x = 1\n'.repeat(300)}`);

    expect(second).toMatch(/^ {4}x = 1\n/);
  });

  it('gives the lines of every piece', () => {
    const lines = Array.from({ length: 500 }, (_, n) => `line ${n + 1}`);

    for (const { content, start_line, end_line } of splitText(lines.join('\r\n')))
      expect(content).toBe(lines.slice(start_line - 1, end_line).join('\r\n'));
  });

  it('leaves no short end: pieces have 800 to 1,200 units, the last two at least 400', () => {
    for (let length = 1201; length < 6000; length += 37) {
      const lengths = contents('x'.repeat(length)).map((content) => content.length);
      expect(Math.max(...lengths)).toBeLessThanOrEqual(1200);
      expect(Math.min(...lengths.slice(0, -2), 800)).toBe(800);
      expect(Math.min(...lengths)).toBeGreaterThanOrEqual(400);
    }
  });
});

describe('what never happens to a letter', () => {
  it.each([
    ['a surrogate pair', '😀'],
    ['a letter with its accent', 'e\u0301'],
    ['a family joined by zero-width joiners', '👨‍👩‍👧‍👦'],
    ['a flag', '🇨🇭'],
    ['an accent on a space', ' \u0308'],
  ])('%s is not cut', (_, letter) => {
    for (const shift of ['', 'x', 'xx', 'xxx'])
      for (const content of contents(shift + letter.repeat(1500)))
        expect(content.replaceAll(letter, '').replace(/^x+/, '')).toBe('');
  });

  it('a letter longer than a piece stays whole', () => {
    const zalgo = `o${'\u0301'.repeat(5000)}`;

    expect(contents(`   ${zalgo}${zalgo}`)).toEqual([zalgo, zalgo]);
  });

  it('a line end of \\r\\n is not cut', () => {
    for (const content of contents('\r\nx'.repeat(2000))) expect(content).toMatch(/^x(\r\nx)*$/);
  });
});

// ---------------------------------------------------------------- whatever the document

const unit = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      'word ',
      'Sentence. ',
      'x',
      '。',
      '\n\n',
      '\n',
      '\r\n',
      '\r',
      ' ',
      '\t',
      '    ',
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom('😀', 'e\u0301', '\u0301', '👨‍👩‍👧', '🇨🇭', '\u200d', '\ufeff', '각'),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 4 }) },
);
const aDocument = fc
  .array(fc.tuple(unit, fc.integer({ min: 1, max: 400 })), { maxLength: 25 })
  .map((runs) => runs.map(([text, times]) => text.repeat(times)).join(''));
const always = (holds: (text: string, pieces: TextPiece[]) => void) =>
  fc.assert(
    fc.property(aDocument, (text) => holds(text, splitText(text))),
    { numRuns: 300 },
  );

/** Where each piece lies, found by its lines and by what lies before it. */
const offsetsOf = (text: string, pieces: TextPiece[]) => {
  let from = 0;
  return pieces.map(({ content }) => {
    const at = text.indexOf(content, from);
    from = at + content.length;
    return { at, end: from };
  });
};
const linesBefore = (text: string, at: number) => text.slice(0, at).split(/\r\n|\r|\n/).length;

describe('of every document', () => {
  it('each visible character is in exactly one piece, in order', () => {
    always((text, pieces) => {
      const kept = pieces.map(({ content }) => content).join('');
      expect(kept.replace(/\s/g, '')).toBe(text.replace(/\s/g, ''));
    });
  });

  it('each piece is a slice, with only white space between it and the next', () => {
    always((text, pieces) => {
      const offsets = offsetsOf(text, pieces);
      offsets.forEach(({ at }, i) => {
        expect(text.slice(offsets[i - 1]?.end ?? 0, at).trim()).toBe('');
      });
      expect(text.slice(offsets.at(-1)?.end ?? 0).trim()).toBe('');
    });
  });

  it('each piece tells the lines on which it begins and ends', () => {
    always((text, pieces) => {
      const offsets = offsetsOf(text, pieces);
      const lines = offsets.map(({ at, end }) => [linesBefore(text, at), linesBefore(text, end)]);
      expect(pieces.map(({ start_line, end_line }) => [start_line, end_line])).toEqual(lines);
    });
  });

  it('no piece begins or ends inside a letter, holds nothing, or is not well-formed', () => {
    const letters = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
    always((text, pieces) => {
      const starts = new Set([...letters.segment(text)].map(({ index }) => index));
      for (const { at } of offsetsOf(text, pieces)) expect(starts).toContain(at);
      for (const { content } of pieces) expect(content.trim()).not.toBe('');
      if (text.isWellFormed()) for (const { content } of pieces) expect(content.isWellFormed()).toBe(true);
    });
  });

  it('no piece is longer than 1,200 units unless it is one letter', () => {
    always((_, pieces) => {
      for (const { content } of pieces)
        if (content.length > 1200) expect([...new Intl.Segmenter().segment(content)]).toHaveLength(1);
    });
  });

  it('the same document always gives the same pieces', () => {
    always((text, pieces) => {
      expect(splitText(text)).toEqual(pieces);
    });
  });
});

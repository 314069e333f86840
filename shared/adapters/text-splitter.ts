/** A slice of a document, character by character; lines count from 1, and \n, \r\n and \r all end one. */
export interface TextPiece {
  content: string;
  start_line: number;
  end_line: number;
}

const SIZE = { least: 800, most: 1_200, leastLast: 400 };
const INDENTATION_MAX = 200;

/**
 * Pieces of 800 to 1,200 UTF-16 units (the last two may have 400), cut at the last paragraph end in that window, else
 * line end, else sentence end, else space, else between two characters as a reader sees them. What is longer than
 * a piece and can't be cut (one letter with a thousand accents) stays whole. Only white space lies between pieces.
 */
export const splitText = (text: string): TextPiece[] => {
  const pieces: TextPiece[] = [];
  const lineOf = lineCounter(text);
  let start = nextStart(text, 0);
  while (start < text.length) {
    const cut = start + lengthOfPiece(text, start);
    const content = text.slice(start, cut).trimEnd();
    if (content !== '')
      pieces.push({ content, start_line: lineOf(start), end_line: lineOf(start + content.length) });
    start = nextStart(text, cut);
  }
  return pieces;
};

/** Where the next piece begins: at the next visible letter, with the indentation of its line. */
const nextStart = (text: string, from: number): number => {
  const visible = /\S/g;
  visible.lastIndex = from;
  const found = visible.exec(text)?.index ?? text.length;
  const base = Math.max(from, found - INDENTATION_MAX);
  // An accent may stand on a space: then the letter begins with that space.
  const letter =
    base + (SEGMENTER.segment(text.slice(base, found + 2)).containing(found - base)?.index ?? found - base);
  const blanks = /(^|[\r\n])([^\S\r\n]*)$/.exec(text.slice(base, letter));
  const isAtLineStart = blanks?.[1] !== '' || base === 0;
  return isAtLineStart ? letter - (blanks?.[2]?.length ?? 0) : letter;
};

const lengthOfPiece = (text: string, start: number): number => {
  const rest = text.length - start;
  if (rest <= SIZE.most) return rest;
  const most = Math.min(SIZE.most, Math.max(SIZE.least, rest - SIZE.leastLast));
  const least = Math.min(SIZE.least, most - SIZE.leastLast);
  const head = text.slice(start, start + most + LOOKAHEAD);
  const letters = SEGMENTER.segment(head);
  const isBetweenLetters = (at: number) => letters.containing(at)?.index === at;
  for (const end of ENDS) {
    const cuts = [...head.matchAll(end)].map(({ index }) => index).filter((at) => at >= least && at <= most);
    const last = cuts.findLast(isBetweenLetters);
    if (last !== undefined) return last;
  }
  return letters.containing(most)?.index || firstLetter(text, start);
};

/** How far an end of a paragraph or sentence is looked for beyond the place of the cut. */
const LOOKAHEAD = 64;
const SEGMENTER = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Where a text may be cut, best first: a cut is the index of a match. */
const ENDS = [
  /(?:\r\n|\r(?!\n)|\n)[^\S\r\n]*[\r\n]/g,
  /\r\n|\r|\n/g,
  /(?<=[.!?…]["'’”)\]]?)(?=\s)|(?<=[。！？][」』”’）]?)(?![」』”’）])/g,
  /\s/g,
];

/** The length of a letter that is longer than a piece: seen in slices that double, so that it takes linear time. */
const firstLetter = (text: string, start: number): number => {
  for (let size = 2 * SIZE.most; ; size *= 2) {
    const letter = SEGMENTER.segment(text.slice(start, start + size)).containing(0)?.segment.length ?? 1;
    if (letter < size || start + size >= text.length) return letter;
  }
};

/** The line of an offset. Offsets come ascending, and never between \r and \n. */
const lineCounter = (text: string) => {
  let [line, from] = [1, 0];
  return (offset: number): number => {
    line += text.slice(from, offset).match(/\r\n|\r|\n/g)?.length ?? 0;
    from = offset;
    return line;
  };
};

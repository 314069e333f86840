import { split } from 'llm-splitter';

/** A slice of a document, character by character; lines count from 1, and \n, \r\n and \r all end one. */
export interface TextPiece {
  content: string;
  start_line: number;
  end_line: number;
}

/** Words in a piece: about 900 characters of prose. */
const WORDS = 150;
/** What is longer is no word: it counts as several, so that minified code and text without spaces are cut too. */
const LETTERS_IN_A_WORD = 40;

/**
 * Pieces of at most 150 words, each an exact slice of the text, cut between words, and between paragraphs where
 * that leaves the piece no shorter than need be. Every visible character is in exactly one piece.
 */
export const splitText = (text: string): TextPiece[] => {
  const lineOf = lineCounter(text);
  return split(text, { chunkSize: WORDS, chunkStrategy: 'paragraph', splitter: wordsOf })
    .map(({ text: content, start }) => ({ content: content.trimEnd(), start }))
    .filter(({ content }) => content.trim() !== '')
    .map(({ content, start }) => ({
      content,
      start_line: lineOf(start),
      end_line: lineOf(start + content.length),
    }));
};

interface Word {
  text: string;
  start: number;
}

const wordsOf = (text: string): Word[] =>
  [...text.matchAll(/\S+/g)].flatMap(({ 0: word, index }) =>
    word.length <= LETTERS_IN_A_WORD ? [{ text: word, start: index }] : lettersOf(word, index),
  );

const SEGMENTER = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** A long run cut between letters as a reader sees them, never inside an emoji or between a letter and its accent. */
const lettersOf = (run: string, at: number): Word[] => {
  const words: Word[] = [];
  for (const { segment, index } of SEGMENTER.segment(run)) {
    const last = words.at(-1);
    if (last && last.text.length + segment.length <= LETTERS_IN_A_WORD) last.text += segment;
    else words.push({ text: segment, start: at + index });
  }
  return words;
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

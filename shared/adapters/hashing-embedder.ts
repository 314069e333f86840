// An embedder with no model: it hashes words, pairs of neighbouring words and triples of letters into 384 numbers.
// It is lexical, not semantic: texts that share words or spellings are close, synonyms and translations are not. That
// is enough to see retrieval, copies and drift on one machine, without a download. It is not for production. It knows
// no language: text without spaces (Chinese, Japanese, Thai) is compared by its letter triples alone.

import type { Embedder } from '../ports.ts';

const DIMENSION = 384;
const WEIGHTS = { word: 1, pair: 0.7, triple: 0.3 };
const EDGE = 2; // Stands for the start and the end of a word in its triples.

export const hashingEmbedder = (): Embedder => ({
  model: 'lockstep-hashing-384-v1',
  dimension: DIMENSION,
  embed: async (texts) => texts.map(vectorOf),
});

const vectorOf = (text: string): number[] => {
  const lower = text.normalize('NFC').toLowerCase();
  const vector = new Float64Array(DIMENSION);
  const add = adder(vector, lower.length);
  let [start, previous] = [0, 0];
  for (let at = 0; at <= lower.length; at++) {
    if (at < lower.length && isInWord(lower.charCodeAt(at))) continue;
    if (at > start) previous = addWord(add, lower, start, at, previous);
    start = at + 1;
  }
  return normalized(vector, lower);
};

/** ASCII letters and digits (the text is lower-case), the underscore, and everything beyond ASCII. */
const isInWord = (code: number) =>
  (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || code === 95 || code > 127;

type Add = (feature: number, weight: number) => void;

/** Adds a word, the pair that it makes with the one before, and its triples; returns its hash. */
const addWord = (add: Add, text: string, start: number, end: number, previous: number): number => {
  let word = SEEDS.word;
  let [a, b] = [EDGE, text.charCodeAt(start)];
  for (let at = start; at < end; at++) {
    const next = at + 1 < end ? text.charCodeAt(at + 1) : EDGE;
    word = step(word, b);
    add(step(step(step(SEEDS.triple, a), b), next), WEIGHTS.triple);
    a = b;
    b = next;
  }
  add(word, WEIGHTS.word);
  if (previous !== 0) add(step(previous, word), WEIGHTS.pair);
  return word;
};

/** Adds features to their buckets, signed. The n-th time adds what takes 1 + ln(n - 1) to 1 + ln(n). */
const adder = (vector: Float64Array, length: number): Add => {
  const tally = tallyFor(length);
  return (feature, weight) => {
    const mixed = mix(feature);
    const times = tally(mixed);
    const gain = weight * (times < GAINS.length ? (GAINS[times] as number) : 1 / times);
    const bucket = (mixed >>> 1) % DIMENSION;
    vector[bucket] = (vector[bucket] as number) + ((mixed & 1) === 1 ? gain : -gain);
  };
};

/** What the n-th time adds, the logarithm that is slow to take; beyond the table it is as good as 1 / n. */
const GAINS = Float64Array.from({ length: 256 }, (_, n) => (n < 2 ? n : Math.log(n / (n - 1))));

/** Counts hashes in an open table, at most two thirds full: a Map in its place halves the speed. */
const tallyFor = (length: number) => {
  const size = 2 ** Math.ceil(Math.log2(3 * (length + 1)));
  const [keys, counts] = [new Int32Array(size), new Int32Array(size)];
  return (key: number): number => {
    let slot = key & (size - 1);
    while (counts[slot] !== 0 && keys[slot] !== key) slot = (slot + 1) & (size - 1);
    keys[slot] = key;
    return ++(counts[slot] as number);
  };
};

/** To length 1. Where nothing is left (only punctuation, or features that cancel out) the text as a whole decides. */
const normalized = (vector: Float64Array, text: string): number[] => {
  let squares = 0;
  for (const x of vector) squares += x * x;
  if (squares < 1e-12) return new Array<number>(DIMENSION).fill(0).with(bucketOfWhole(text), 1);
  const length = Math.sqrt(squares);
  const unit: number[] = [];
  for (const x of vector) unit.push(x / length);
  return unit;
};

const bucketOfWhole = (text: string): number => {
  let hash = SEEDS.word;
  for (let at = 0; at < text.length; at++) hash = step(hash, text.charCodeAt(at));
  return (mix(hash) >>> 1) % DIMENSION;
};

// FNV-1a over code units, with the finalizer of MurmurHash3.
const SEEDS = { word: 0x811c9dc5 | 0, triple: 0x2b3c4d5e };
const step = (hash: number, code: number) => Math.imul(hash ^ code, 0x01000193);
const mix = (hash: number) => {
  const once = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35);
  return twice ^ (twice >>> 16);
};

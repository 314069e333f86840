// Texts that are the same in every run: words drawn by a generator with a seed, some five hundred bytes a chunk.

export const CHUNKS_PER_DOCUMENT = 100;

const WORDS = (
  'graph vector store chunk document version event scan repair drift hash manifest shard lease fence budget breaker ' +
  'quarantine embedder project path line index commit rollback settle witness evidence verdict retrieval answer ' +
  'query node point relation entity window page cursor clock network partition failure recovery measure sample'
).split(' ');
const BYTES = 500;

export const pathOf = (document: number): string => `corpus/document-${String(document).padStart(6, '0')}.md`;

export const textOf = (file_path: string, index: number): string => {
  const random = randomFrom(seedOf(`${file_path}#${index}`));
  const words = [`Passage ${index} of ${file_path}.`];
  for (let length = words[0]?.length ?? 0; length < BYTES; ) {
    const word = WORDS[Math.floor(random() * WORDS.length)] ?? '';
    words.push(word);
    length += word.length + 1;
  }
  return words.join(' ');
};

const seedOf = (name: string): number => {
  let hash = 0x811c9dc5 | 0;
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  return hash;
};

/** A small generator with a seed (mulberry32): numbers from 0 to 1. */
const randomFrom = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

import { hash } from 'node:crypto';
import type { StoredChunk } from './chunk.ts';
import { hash32 } from './name.ts';

/**
 * What a set of chunks says of itself, added up by groups of documents, so that two sets can be compared without either
 * being read again. A group's sum is four 32-bit sums of a SHA-256 of each chunk: in whatever order chunks come and
 * however they are divided, equal sums mean equal sets, but for a chance of one in 2¹²⁸.
 */
export type Tally = Uint32Array;

/** Groups of documents: the more there are, the fewer documents are doubted beside one that differs. */
export const GROUPS = 1_024;
const WORDS = 4;

/** What is tallied of a chunk: all that a manifest says of it. */
export type Said = Pick<
  StoredChunk,
  'chunk_id' | 'content_hash' | 'chunk_index' | 'start_line' | 'end_line' | 'version'
>;

export const newTally = (): Tally => new Uint32Array(GROUPS * WORDS);

/** The group that a document's chunks are added to. */
export const groupOf = (file_path: string): number => hash32(file_path) % GROUPS;

/** Into so many shares the manifests of a project are divided: a scan of a large one may walk each by itself. */
export const MANIFEST_SHARES = 16;

/** A share holds whole groups: its manifests by themselves are compared with what the graph says of them. */
export const manifestShareOf = (file_path: string): number => shareOfGroup(groupOf(file_path));
export const shareOfGroup = (group: number): number => group % MANIFEST_SHARES;

/** Adds what is said of one chunk of a document. */
export const tallyChunk = (tally: Tally, file_path: string, group: number, said: Said): void => {
  const { chunk_id, content_hash, chunk_index, start_line, end_line, version } = said;
  const all = `${chunk_id}\n${content_hash}\n${chunk_index}\n${start_line}\n${end_line}\n${version}\n${file_path}`;
  // A letter a byte: read in a third of the time that hexadecimal digits take.
  const digest = hash('sha256', all, 'latin1');
  // A Uint32Array keeps the last 32 bits of what is put into it.
  for (let word = 0; word < WORDS; word++)
    tally[group * WORDS + word] = (tally[group * WORDS + word] ?? 0) + wordOf(digest, 4 * word);
};

const wordOf = (bytes: string, at: number) =>
  (bytes.charCodeAt(at) << 24) |
  (bytes.charCodeAt(at + 1) << 16) |
  (bytes.charCodeAt(at + 2) << 8) |
  bytes.charCodeAt(at + 3);

export const addTallies = (tallies: Tally[]): Tally => {
  const sum = newTally();
  for (const tally of tallies) for (const [i, word] of tally.entries()) sum[i] = (sum[i] ?? 0) + word;
  return sum;
};

/** The groups in which two tallies differ. */
export const differingGroups = (a: Tally, b: Tally): Set<number> =>
  new Set([...a.keys()].filter((i) => a[i] !== b[i]).map((i) => Math.floor(i / WORDS)));

/** As bytes, the same on every machine. */
export const packTally = (tally: Tally): Uint8Array => {
  const bytes = Buffer.alloc(tally.length * 4);
  for (const [i, word] of tally.entries()) bytes.writeUInt32BE(word, 4 * i);
  return bytes;
};

export const unpackTally = (bytes: Uint8Array): Tally => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return newTally().map((_, i) => buffer.readUInt32BE(4 * i));
};

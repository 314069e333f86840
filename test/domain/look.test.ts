import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentHash, type StoredChunk } from '../../shared/domain/chunk.ts';
import {
  agreement,
  asChunk,
  evidenceOf,
  type Intent,
  isUsable,
  type Look,
  standing,
} from '../../shared/domain/look.ts';
import {
  aLook,
  aNode,
  anyLook,
  aPoint,
  DELETED,
  ID,
  IN_FLIGHT,
  PRESENT,
  REMOVED,
  TEXT,
  UNKNOWN,
  written,
} from './look-builders.ts';

describe('the evidence of a look', () => {
  const look = aLook(PRESENT, aNode(), aPoint());
  const entry = PRESENT.entry;

  it('is the same for the same world, however it was put together', () => {
    const reversed = Object.fromEntries(Object.entries(PRESENT).reverse()) as unknown as Intent;
    const shuffled = { ...reversed, entry: Object.fromEntries(Object.entries(entry).reverse()) } as Intent;

    expect(evidenceOf(structuredClone(look))).toBe(evidenceOf(look));
    expect(evidenceOf(aLook(shuffled, aNode(), aPoint()))).toBe(evidenceOf(look));
    fc.assert(
      fc.property(anyLook, (any) => {
        expect(evidenceOf(structuredClone(any))).toBe(evidenceOf(any));
      }),
    );
  });

  it('differs from that of every world that differs in one thing', () => {
    const worlds: Look[] = [
      look,
      { ...look, chunk_id: ID.replace('6', '7') },
      ...[DELETED, REMOVED, UNKNOWN, IN_FLIGHT].map((intent) => aLook(intent, aNode(), aPoint())),
      aLook({ ...PRESENT, file_path: 'docs/b.md' }, aNode(), aPoint()),
      aLook({ ...PRESENT, chunk_index: 3 }, aNode(), aPoint()),
      ...(['start_line', 'end_line', 'version'] as const).map((property) =>
        aLook({ ...PRESENT, entry: { ...entry, [property]: 77 } }, aNode(), aPoint()),
      ),
      aLook({ ...PRESENT, entry: { ...entry, content_hash: 'v1:0' } }, aNode(), aPoint()),
      aLook(PRESENT, undefined, aPoint()),
      aLook(PRESENT, aNode(), undefined),
      ...CHANGES.flatMap((change) => [
        aLook(PRESENT, aNode(change), aPoint()),
        aLook(PRESENT, aNode(), aPoint(change)),
      ]),
      aLook(PRESENT, aNode(), aPoint({ vector: [0.6, 0, 0.81] })),
      aLook(PRESENT, aNode(), aPoint({ vector: [0.6, 0] })),
      aLook(PRESENT, aNode(), (({ vector: _, ...point }) => point)(aPoint())),
    ];

    expect(new Set(worlds.map(evidenceOf)).size).toBe(worlds.length);
  });

  it('is not that of the sides exchanged', () => {
    expect(evidenceOf(aLook(UNKNOWN, aNode(), undefined))).not.toBe(
      evidenceOf(aLook(UNKNOWN, undefined, aNode())),
    );
  });

  it('does not see what a 32-bit store rounds away', () => {
    const stored = { vector: [Math.fround(0.1), 0.5, 0.25] };

    expect(evidenceOf(aLook(PRESENT, aNode(), aPoint({ vector: [0.1, 0.5, 0.25] })))).toBe(
      evidenceOf(aLook(PRESENT, aNode(), aPoint(stored))),
    );
  });
});

const CHANGES: Partial<StoredChunk>[] = [
  { content: `${TEXT} ` },
  { content: null },
  { content_hash: 'v1:0' },
  { content_hash: null },
  { file_path: 'docs/b.md' },
  { file_path: null },
  { chunk_index: 3 },
  { chunk_index: null },
  { start_line: 6 },
  { end_line: 10 },
  { version: 5 },
  { version: null },
  { write_id: 'write-5' },
  { write_id: null },
  { embedding_model: 'model-c' },
  { embedded_hash: 'v1:0' },
];

describe('how a copy stands to the manifest', () => {
  it.each<[string, StoredChunk | undefined, string]>([
    ['nothing', undefined, 'absent'],
    ['what was committed', aNode(), 'same'],
    ['what another operation wrote alike', aNode({ write_id: 'write-9' }), 'same'],
    ['the text in another form', aNode({ content: TEXT.normalize('NFD') }), 'same'],
    ['another text', aNode(written('x')), 'other'],
    ['another text under the right hash', aNode({ content: 'x' }), 'other'],
    ['no text', aNode({ content: null }), 'other'],
    ['another hash', aNode({ content_hash: 'v1:0' }), 'moved'],
    ['another path', aNode({ file_path: 'docs/b.md' }), 'moved'],
    ['another index', aNode({ chunk_index: 0 }), 'moved'],
    ['other lines', aNode({ start_line: 1 }), 'moved'],
    ['another version', aNode({ version: 3 }), 'moved'],
    ['no version', aNode({ version: null }), 'moved'],
  ])('%s', (_, stored, expected) => {
    expect(standing(stored, PRESENT)).toBe(expected);
  });
});

describe('how two copies agree', () => {
  it.each<[string, StoredChunk, StoredChunk, string]>([
    ['alike', aNode(), aPoint(), 'same'],
    ['written by two operations', aNode(), aPoint({ write_id: 'write-5' }), 'same'],
    ['in two texts', aNode(written('x')), aPoint(), 'other'],
    ['in two texts under one hash', aNode({ content: 'x' }), aPoint(), 'other'],
    ['in two places', aNode({ file_path: 'docs/b.md' }), aPoint(), 'moved'],
    ['of two versions', aNode({ version: 3 }), aPoint(), 'moved'],
    [
      'one without lines, version and hash',
      aNode({ start_line: null, version: null, content_hash: null }),
      aPoint(),
      'same',
    ],
    ['under one false hash', aNode({ content_hash: 'v1:0' }), aPoint({ content_hash: 'v1:0' }), 'moved'],
  ])('%s', (_, graph, vectors, expected) => {
    expect(agreement(graph, vectors)).toBe(expected);
    expect(agreement(vectors, graph)).toBe(expected);
  });
});

describe('a copy as a source', () => {
  it.each<[string, Partial<StoredChunk>, boolean]>([
    ['whole', {}, true],
    [
      'without hash, lines and version',
      { content_hash: null, start_line: null, end_line: null, version: null },
      true,
    ],
    ['without text', { content: null }, false],
    ['with an empty text', { content: '' }, false],
    ['with half a surrogate pair', { content: 'a\udc00' }, false],
    ['without path', { file_path: null }, false],
    ['with an empty path', { file_path: '' }, false],
    ['with a path of 1,024 bytes', { file_path: 'é'.repeat(512) }, true],
    ['with a longer path', { file_path: 'é'.repeat(513) }, false],
    ['with a path that is no text', { file_path: 'a\ud83d' }, false],
    ['without index', { chunk_index: null }, true],
    ['under an id that is no UUID', { chunk_id: '17' }, false],
    ['under an id in upper case', { chunk_id: ID.toUpperCase() }, false],
  ])('%s', (_, changes, isSource) => {
    expect(isUsable(aNode(changes))).toBe(isSource);
  });

  it('gives a chunk whose hash is true to its text, whatever was stored', () => {
    expect(asChunk(aNode({ content: 'x', content_hash: 'v1:0', start_line: null, version: null }))).toEqual({
      chunk_id: ID,
      content: 'x',
      content_hash: contentHash('x'),
      file_path: 'docs/a.md',
      chunk_index: 2,
      start_line: 1,
      end_line: 9,
      version: 0,
    });
  });
});

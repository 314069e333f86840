import fc from 'fast-check';
import { contentHash, type StoredChunk } from '../../shared/domain/chunk.ts';
import type { Intent, Look, VectorRule } from '../../shared/domain/look.ts';

export const ID = '6f0a5c53-9d0e-5f6f-8a9c-4e11b7c1f5de';
export const TEXT = 'What was written and committed.';
export const RULE: VectorRule = { embedding_model: 'model-a', dimension: 3 };

export const PRESENT: Intent & { state: 'present' } = {
  state: 'present',
  file_path: 'docs/a.md',
  chunk_index: 2,
  entry: { chunk_id: ID, content_hash: contentHash(TEXT), start_line: 5, end_line: 9, version: 4 },
};
export const DELETED: Intent = { state: 'deleted', file_path: 'docs/a.md', whole_document: true };
export const REMOVED: Intent = { state: 'deleted', file_path: 'docs/a.md', whole_document: false };
export const UNKNOWN: Intent = { state: 'unknown' };
export const IN_FLIGHT: Intent = { state: 'in_flight', file_path: 'docs/a.md' };

/** A node as the committed write left it. */
export const aNode = (changes: Partial<StoredChunk> = {}): StoredChunk => ({
  chunk_id: ID,
  content: TEXT,
  content_hash: contentHash(TEXT),
  file_path: 'docs/a.md',
  chunk_index: 2,
  start_line: 5,
  end_line: 9,
  version: 4,
  write_id: 'write-4',
  embedding_model: null,
  embedded_hash: null,
  ...changes,
});

/** A point as the committed write left it. */
export const aPoint = (changes: Partial<StoredChunk> = {}): StoredChunk => ({
  ...aNode(),
  embedding_model: 'model-a',
  embedded_hash: contentHash(TEXT),
  vector: [0.6, 0, 0.8],
  ...changes,
});

/** Another text, with a hash and a vector that are true to it. */
export const written = (content: string): Partial<StoredChunk> => ({
  content,
  content_hash: contentHash(content),
});
export const writtenPoint = (content: string): Partial<StoredChunk> => ({
  ...written(content),
  embedded_hash: contentHash(content),
});

export const aLook = (intent: Intent, graph?: StoredChunk, vectors?: StoredChunk): Look => ({
  chunk_id: ID,
  intent,
  graph,
  vectors,
});

// ---------------------------------------------------------------- anything that a store may hold

const aText = fc.oneof(
  fc.constantFrom(TEXT, 'another text', '', '\ud800', 'e\u0301', '\u00e9', 'a\r\nb'),
  fc.string({ unit: 'binary', maxLength: 5 }),
);
const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null, freq: 4 });
const aHash = fc.oneof(
  fc.constantFrom(TEXT, 'another text', 'e\u0301').map(contentHash),
  fc.constantFrom('', 'v1:', 'v0:x'),
);
const aNumber = fc.constantFrom(0, 1, 2, 4, 5, 9, -1, 1.5);
const aVector = fc.oneof(
  fc.constantFrom<number[]>([0.6, 0, 0.8], [0, 0, 0], [Number.NaN, 1, 1], [], [1, 2]),
  fc.array(fc.double(), { maxLength: 4 }),
);

export const anyStored: fc.Arbitrary<StoredChunk> = fc
  .record({
    chunk_id: fc.oneof({ weight: 5, arbitrary: fc.constant(ID) }, fc.string({ maxLength: 4 })),
    content: orNull(aText),
    content_hash: orNull(aHash),
    file_path: orNull(fc.constantFrom('docs/a.md', 'docs/b.md', '')),
    chunk_index: orNull(aNumber),
    start_line: orNull(aNumber),
    end_line: orNull(aNumber),
    version: orNull(aNumber),
    write_id: orNull(fc.constantFrom('write-4', 'write-5')),
    embedding_model: orNull(fc.constantFrom('model-a', 'caller', 'model-b')),
    embedded_hash: orNull(aHash),
    vector: fc.option(aVector, { nil: undefined }),
  })
  .map(({ vector, ...stored }) => ({ ...stored, ...(vector ? { vector } : {}) }));

/** Right, a little wrong, or anything at all. */
export const anyNode = fc.oneof(
  fc.constantFrom<StoredChunk | undefined>(
    undefined,
    aNode(),
    aNode({ version: 3 }),
    aNode(written('another text')),
  ),
  anyStored,
);
export const anyPoint = fc.oneof(
  fc.constantFrom<StoredChunk | undefined>(
    undefined,
    aPoint(),
    aPoint({ start_line: 1 }),
    aPoint(writtenPoint('another text')),
    aPoint({ embedded_hash: null }),
  ),
  anyStored,
);
export const anyIntent = fc.constantFrom(PRESENT, DELETED, REMOVED, UNKNOWN, IN_FLIGHT);
export const anyLook: fc.Arbitrary<Look> = fc
  .tuple(anyIntent, anyNode, anyPoint, fc.boolean())
  .map(([intent, graph, vectors, disagrees]) => ({
    ...aLook(intent, graph, vectors),
    ...(disagrees ? { vector_disagrees: true } : {}),
  }));
export const anyRule = fc.constantFrom(undefined, RULE);

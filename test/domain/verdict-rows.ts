// The table of DESIGN §5 and its completion, as data: graph × vectors → verdict.

import { contentHash, type StoredChunk } from '../../shared/domain/chunk.ts';
import type { Policy, Verdict } from '../../shared/domain/verdict.ts';
import { aNode, aPoint, written, writtenPoint } from './look-builders.ts';

export type Person = 'neo4j' | 'qdrant';
export const POLICY: Policy = { authority: 'neo4j', unknown_chunks: 'copy' };

/** `action from→to`, `delete_orphan to` or `skip reason`. */
export const said = (verdict: Verdict): string => {
  if (verdict.action === 'skip') return `skip ${verdict.reason}`;
  const from = 'from' in verdict ? `${verdict.from}→` : '';
  return `${verdict.action} ${from}${verdict.to.join('+')}`;
};

export const NODES = {
  absent: undefined,
  right: aNode(),
  'right in other Unicode form': aNode(),
  moved: aNode({ chunk_index: 7 }),
  'under another path': aNode({ file_path: 'docs/b.md' }),
  'of an old version': aNode({ version: 3 }),
  'with a false hash': aNode({ content_hash: contentHash('x') }),
  'without hash': aNode({ content_hash: null }),
  'without path': aNode({ file_path: null }),
  other: aNode(written('another text')),
  'other, under the right hash': aNode({ content: 'another text' }),
  'without text': aNode({ content: null }),
  'with an empty text': aNode({ content: '' }),
  'ill-formed': aNode({ content: '\ud800' }),
} satisfies Record<string, StoredChunk | undefined>;

export const POINTS = {
  absent: undefined,
  right: aPoint(),
  moved: aPoint({ chunk_index: 7 }),
  'on other lines': aPoint({ start_line: 1, end_line: 2 }),
  'without hash': aPoint({ content_hash: null }),
  'without version': aPoint({ version: null }),
  other: aPoint(writtenPoint('another text')),
  'other too': aPoint(writtenPoint('a third text')),
  'without text': aPoint({ content: null }),
  'without path': aPoint({ file_path: null }),
  'embedded from other text': aPoint({ embedded_hash: contentHash('x') }),
  'embedded from nothing known': aPoint({ embedded_hash: null }),
  'embedded by another model': aPoint({ embedding_model: 'model-b' }),
  'embedded by the caller': aPoint({ embedding_model: 'caller' }),
  'without vector': (({ vector: _, ...point }) => point)(aPoint()),
  'with a zero vector': aPoint({ vector: [0, 0, 0] }),
  'with a vector that is not finite': aPoint({ vector: [Number.NaN, 1, 1] }),
  'with a short vector': aPoint({ vector: [1, 1] }),
} satisfies Record<string, StoredChunk | undefined>;

export interface Options {
  person?: Person;
  policy?: Partial<Policy>;
  rule?: 'none';
}
export type Row = [
  graph: keyof typeof NODES,
  vectors: keyof typeof POINTS,
  verdict: string,
  options?: Options,
];

export const PRESENT_ROWS: Row[] = [
  // The text is right on both sides.
  ['right', 'right', 'skip nothing_to_do'],
  ['right', 'embedded by the caller', 'skip nothing_to_do'],
  ['moved', 'right', 'reconcile_metadata vectors→graph'],
  ['under another path', 'right', 'reconcile_metadata vectors→graph'],
  ['of an old version', 'right', 'reconcile_metadata vectors→graph'],
  ['with a false hash', 'right', 'reconcile_metadata vectors→graph'],
  ['without hash', 'right', 'reconcile_metadata vectors→graph'],
  ['without path', 'right', 'reconcile_metadata vectors→graph'],
  ['right', 'moved', 'reconcile_metadata graph→vectors'],
  ['right', 'on other lines', 'reconcile_metadata graph→vectors'],
  ['right', 'without hash', 'reconcile_metadata graph→vectors'],
  ['right', 'without version', 'reconcile_metadata graph→vectors'],
  ['right', 'without path', 'reconcile_metadata graph→vectors'],
  ['moved', 'moved', 'reconcile_metadata vectors→graph+vectors'],
  // The vector is wrong.
  ['right', 'embedded from other text', 'reconcile_content graph→vectors'],
  ['right', 'embedded from nothing known', 'reconcile_content graph→vectors'],
  ['right', 'embedded by another model', 'reconcile_content graph→vectors'],
  ['right', 'without vector', 'reconcile_content graph→vectors'],
  ['right', 'with a zero vector', 'reconcile_content graph→vectors'],
  ['right', 'with a vector that is not finite', 'reconcile_content graph→vectors'],
  ['right', 'with a short vector', 'reconcile_content graph→vectors'],
  ['right', 'with a zero vector', 'skip nothing_to_do', { rule: 'none' }],
  ['right', 'without vector', 'skip nothing_to_do', { rule: 'none' }],
  ['right', 'embedded by another model', 'skip nothing_to_do', { rule: 'none' }],
  ['right', 'embedded from other text', 'reconcile_content graph→vectors', { rule: 'none' }],
  ['moved', 'with a zero vector', 'reconcile_content graph→vectors'],
  // One side is missing.
  ['right', 'absent', 'copy_to_qdrant graph→vectors'],
  ['moved', 'absent', 'copy_to_qdrant graph→vectors'],
  ['absent', 'right', 'copy_to_neo4j vectors→graph'],
  ['absent', 'moved', 'copy_to_neo4j vectors→graph'],
  ['absent', 'with a zero vector', 'copy_to_neo4j vectors→graph'],
  // One side has another text; a mangled half beside an intact one is just other.
  ['right', 'other', 'reconcile_content graph→vectors'],
  ['right', 'without text', 'reconcile_content graph→vectors'],
  ['moved', 'other', 'reconcile_content graph→vectors'],
  ['other', 'right', 'reconcile_content vectors→graph'],
  ['other, under the right hash', 'right', 'reconcile_content vectors→graph'],
  ['without text', 'right', 'reconcile_content vectors→graph'],
  ['with an empty text', 'right', 'reconcile_content vectors→graph'],
  ['ill-formed', 'right', 'reconcile_content vectors→graph'],
  ['other', 'with a zero vector', 'reconcile_content vectors→graph'],
  // A person and a setting do not outvote two witnesses that agree.
  [
    'right',
    'other',
    'reconcile_content graph→vectors',
    { person: 'qdrant', policy: { authority: 'qdrant' } },
  ],
  ['other', 'right', 'reconcile_content vectors→graph', { person: 'neo4j', policy: { authority: 'neo4j' } }],
  [
    'right',
    'absent',
    'copy_to_qdrant graph→vectors',
    { policy: { unknown_chunks: 'ask', authority: 'manual' } },
  ],
  // Nobody has the text.
  ['absent', 'absent', 'skip content_lost'],
  ['absent', 'absent', 'skip content_lost', { person: 'neo4j' }],
  ['other', 'other', 'skip both_altered'],
  ['other', 'other too', 'skip both_altered'],
  ['other', 'other too', 'skip both_altered', { policy: { authority: 'qdrant' } }],
  ['other', 'other too', 'reconcile_content graph→vectors', { person: 'neo4j' }],
  ['other', 'other too', 'reconcile_content vectors→graph', { person: 'qdrant' }],
  ['other', 'absent', 'skip both_altered'],
  ['other', 'absent', 'copy_to_qdrant graph→vectors', { person: 'neo4j' }],
  ['other', 'absent', 'skip both_altered', { person: 'qdrant' }],
  ['absent', 'other', 'skip both_altered'],
  ['absent', 'other', 'copy_to_neo4j vectors→graph', { person: 'qdrant' }],
  ['absent', 'other', 'skip both_altered', { person: 'neo4j' }],
  ['without text', 'other', 'skip both_altered', { person: 'neo4j' }],
  ['without text', 'other', 'reconcile_content vectors→graph', { person: 'qdrant' }],
  ['ill-formed', 'without text', 'skip both_altered', { person: 'neo4j' }],
];

export const UNKNOWN_ROWS: Row[] = [
  ['absent', 'absent', 'skip nothing_to_do'],
  ['right', 'right', 'skip nothing_to_do'],
  // One side only.
  ['right', 'absent', 'copy_to_qdrant graph→vectors'],
  ['absent', 'right', 'copy_to_neo4j vectors→graph'],
  ['right', 'absent', 'copy_to_qdrant graph→vectors', { policy: { authority: 'manual' } }],
  ['right', 'absent', 'skip unknown_origin', { policy: { unknown_chunks: 'ask' } }],
  ['absent', 'right', 'skip unknown_origin', { policy: { unknown_chunks: 'ask' } }],
  ['right', 'absent', 'copy_to_qdrant graph→vectors', { policy: { unknown_chunks: 'ask' }, person: 'neo4j' }],
  // Two texts: the authority's stands.
  ['right', 'other', 'reconcile_content graph→vectors'],
  ['right', 'other', 'reconcile_content vectors→graph', { policy: { authority: 'qdrant' } }],
  ['right', 'other', 'skip unknown_origin', { policy: { authority: 'manual' } }],
  [
    'right',
    'other',
    'reconcile_content vectors→graph',
    { policy: { authority: 'manual' }, person: 'qdrant' },
  ],
  ['right', 'other', 'reconcile_content vectors→graph', { person: 'qdrant' }],
  // One text in two places.
  ['moved', 'right', 'reconcile_metadata graph→vectors'],
  ['right', 'moved', 'reconcile_metadata graph→vectors'],
  ['right', 'moved', 'reconcile_metadata vectors→graph', { policy: { authority: 'qdrant' } }],
  ['right', 'moved', 'skip unknown_origin', { policy: { authority: 'manual' } }],
  ['right', 'on other lines', 'reconcile_metadata graph→vectors'],
  ['with a false hash', 'right', 'reconcile_metadata graph→graph'],
  ['with a false hash', 'moved', 'reconcile_metadata graph→graph+vectors'],
  // What only one side holds can't disagree.
  ['without hash', 'without hash', 'skip nothing_to_do'],
  ['without hash', 'right', 'skip nothing_to_do'],
  ['right', 'without version', 'skip nothing_to_do'],
  ['without hash', 'moved', 'reconcile_metadata graph→vectors'],
  // One text, a wrong vector.
  ['right', 'embedded from other text', 'reconcile_content graph→vectors'],
  ['right', 'with a zero vector', 'reconcile_content graph→vectors', { policy: { authority: 'manual' } }],
  ['right', 'embedded from nothing known', 'skip nothing_to_do'],
  // Nothing that could be a source.
  ['without text', 'right', 'skip malformed'],
  ['without path', 'absent', 'skip malformed'],
  ['right', 'without path', 'skip malformed'],
  ['absent', 'without text', 'skip malformed'],
  ['ill-formed', 'right', 'skip malformed', { person: 'qdrant' }],
  ['with an empty text', 'right', 'skip malformed'],
];

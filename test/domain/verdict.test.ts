import { describe, expect, it } from 'vitest';
import { contentHash } from '../../shared/domain/chunk.ts';
import type { Intent } from '../../shared/domain/look.ts';
import { judge } from '../../shared/domain/verdict.ts';
import { aLook, aNode, aPoint, DELETED, PRESENT, REMOVED, RULE, UNKNOWN } from './look-builders.ts';
import { NODES, POINTS, POLICY, PRESENT_ROWS, type Row, said, UNKNOWN_ROWS } from './verdict-rows.ts';

const judged = (intent: Intent, [graph, vectors, , options = {}]: Row): string => {
  const rule = options.rule === 'none' ? undefined : RULE;
  const look = aLook(intent, NODES[graph], POINTS[vectors]);
  return said(judge(look, { ...POLICY, ...options.policy }, rule, options.person));
};
const title = ([graph, vectors, verdict, options]: Row) =>
  `graph ${graph}, vectors ${vectors}${options ? ` ${JSON.stringify(options)}` : ''}: ${verdict}`;
const titled = (rows: Row[]): [string, Row][] => rows.map((row) => [title(row), row]);

describe('the verdict where a committed write says what the chunk is', () => {
  it.each(titled(PRESENT_ROWS))('%s', (_, row) => {
    expect(judged(PRESENT, row)).toBe(row[2]);
  });

  it('sees the same text in another Unicode form, or with other line ends, as right', () => {
    const intent = { ...PRESENT, entry: { ...PRESENT.entry, content_hash: contentHash('é\n') } };
    const hash = { content_hash: contentHash('é\n'), embedded_hash: contentHash('é\n') };
    const look = aLook(
      intent,
      aNode({ content: 'e\u0301\r\n', ...hash }),
      aPoint({ content: 'é\r', ...hash }),
    );

    expect(said(judge(look, POLICY, RULE))).toBe('skip nothing_to_do');
  });

  it('embeds again where a sample found a vector far from its text', () => {
    const look = { ...aLook(PRESENT, aNode(), aPoint()), vector_disagrees: true };

    expect(said(judge(look, POLICY, RULE))).toBe('reconcile_content graph→vectors');
  });
});

describe('the verdict on a chunk of unknown origin', () => {
  it.each(titled(UNKNOWN_ROWS))('%s', (_, row) => {
    expect(judged(UNKNOWN, row)).toBe(row[2]);
  });
});

describe('the verdict on a deleted chunk', () => {
  const points: (keyof typeof POINTS)[] = ['right', 'other', 'without text', 'with a zero vector'];
  const nodes: (keyof typeof NODES)[] = ['right', 'other', 'without text', 'ill-formed'];

  it.each([
    ['whole document', DELETED],
    ['one chunk', REMOVED],
  ])('removes it where it stands, whatever it holds (%s)', (_, intent) => {
    for (const graph of nodes)
      for (const vectors of points) {
        expect(judged(intent, [graph, vectors, ''])).toBe('delete_orphan graph+vectors');
        expect(judged(intent, [graph, 'absent', ''])).toBe('delete_orphan graph');
        expect(judged(intent, ['absent', vectors, ''])).toBe('delete_orphan vectors');
      }
    expect(judged(intent, ['absent', 'absent', ''])).toBe('skip nothing_to_do');
  });
});

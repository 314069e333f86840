import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SIDES, type Side, type StoredChunk, trueHash } from '../../shared/domain/chunk.ts';
import { driftOf } from '../../shared/domain/drift.ts';
import {
  agreement,
  asChunk,
  type Intent,
  type Look,
  standing,
  type VectorRule,
  vectorFault,
} from '../../shared/domain/look.ts';
import { judge, type Policy, type Verdict } from '../../shared/domain/verdict.ts';
import {
  aLook,
  aNode,
  anyLook,
  anyRule,
  aPoint,
  DELETED,
  ID,
  IN_FLIGHT,
  PRESENT,
  RULE,
  UNKNOWN,
} from './look-builders.ts';
import { type Person, POLICY, said } from './verdict-rows.ts';

interface Case {
  look: Look;
  policy: Policy;
  rule: VectorRule | undefined;
  person: Person | undefined;
}
const anyCase: fc.Arbitrary<Case> = fc.record({
  look: anyLook,
  policy: fc.record({
    authority: fc.constantFrom('neo4j', 'qdrant', 'manual'),
    unknown_chunks: fc.constantFrom('copy', 'ask'),
  }),
  rule: anyRule,
  person: fc.constantFrom(undefined, 'neo4j', 'qdrant'),
});
const always = (holds: (verdict: Verdict, given: Case) => void) =>
  fc.assert(
    fc.property(anyCase, (given) => {
      holds(judge(given.look, given.policy, given.rule, given.person), given);
    }),
    { numRuns: 5000 },
  );

/** A side on which the verdict would change nothing: its text, its place and, of a point, its vector are right. */
const isRight = (side: Side, verdict: Verdict, { look, rule }: Case): boolean => {
  const [stored, source] = [look[side], 'from' in verdict ? look[verdict.from] : undefined];
  if (look.intent.state === 'present')
    return standing(stored, look.intent) === 'same' && (side === 'graph' || !vectorFault(look, rule));
  if (verdict.action !== 'reconcile_metadata' || !stored || !source) return false;
  return agreement({ ...source, content_hash: trueHash(source) }, stored) === 'same';
};

/** What the act leaves, as the repair operation carries it out. */
const carriedOut = (look: Look, verdict: Verdict): Look => {
  if (verdict.action === 'skip') return look;
  const copies = { graph: look.graph, vectors: look.vectors };
  const source = 'from' in verdict ? look[verdict.from] : undefined;
  for (const side of verdict.to)
    copies[side] = source && writtenTo(copies[side], source, verdict, look.intent);
  return { ...aLook(look.intent, copies.graph, copies.vectors), chunk_id: look.chunk_id };
};
const writtenTo = (
  old: StoredChunk | undefined,
  source: StoredChunk,
  { action }: Verdict,
  intent: Intent,
): StoredChunk => {
  const { file_path, chunk_index } = intent.state === 'present' ? intent : asChunk(source);
  const { start_line, end_line, version } = intent.state === 'present' ? intent.entry : asChunk(source);
  const placed = { ...asChunk(source), file_path, chunk_index, start_line, end_line, version };
  if (action === 'reconcile_metadata' && old) return { ...old, ...placed, content: old.content };
  const embedding = { embedding_model: 'model-a', embedded_hash: trueHash(source), vector: [0.6, 0, 0.8] };
  return { ...placed, chunk_id: ID, write_id: 'repair', ...embedding };
};

describe('of every look, policy, rule and person', () => {
  it('there is a verdict: no value in a store makes it throw', () => {
    always((verdict) => expect(said(verdict)).not.toMatch(/undefined|→$/));
  });

  it('there is a verdict even on numbers that are none', () => {
    const numbers = { chunk_index: Number.NaN, start_line: Number.POSITIVE_INFINITY, version: Number.NaN };

    for (const intent of [PRESENT, UNKNOWN, DELETED])
      expect(said(judge(aLook(intent, aNode(numbers), aPoint(numbers)), POLICY, RULE))).not.toBe('');
  });

  it('only an intent of deleted leads to a deletion', () => {
    always((verdict, { look }) => {
      if (verdict.action === 'delete_orphan') expect(look.intent.state).toBe('deleted');
    });
  });

  it('a deletion names exactly the sides on which the chunk stands', () => {
    always((verdict, { look }) => {
      if (verdict.action === 'delete_orphan') expect(verdict.to).toEqual(SIDES.filter((side) => look[side]));
    });
  });

  it('what is being written is left alone', () => {
    always((verdict, { look }) => {
      if (look.intent.state === 'in_flight') expect(said(verdict)).toBe('skip in_flight');
    });
    expect(said(judge(aLook(IN_FLIGHT, aNode()), POLICY, RULE, 'neo4j'))).toBe('skip in_flight');
  });

  it('no side is written that is right', () => {
    always((verdict, given) => {
      if (verdict.action === 'skip') return;
      for (const side of verdict.to) expect(isRight(side, verdict, given)).toBe(false);
    });
  });

  it('no text comes from a side where it is not the intended one, unless a person names that side', () => {
    always((verdict, { look, person }) => {
      if (!('from' in verdict) || look.intent.state !== 'present') return;
      const isIntended = standing(look[verdict.from], look.intent) !== 'other';
      const isNamed = person === (verdict.from === 'graph' ? 'neo4j' : 'qdrant');
      expect(isIntended || isNamed).toBe(true);
    });
  });

  it('text never comes from a side that does not hold any', () => {
    always((verdict, { look }) => {
      if ('from' in verdict) expect(look[verdict.from]?.content).toEqual(expect.any(String));
    });
  });

  it('a chunk of unknown origin is asked about where that is the policy', () => {
    always((verdict, { look, policy, person }) => {
      if (look.intent.state !== 'unknown' || policy.unknown_chunks !== 'ask' || person) return;
      expect(verdict.action).not.toMatch(/^copy/);
    });
  });

  it('there is something to do exactly where there is drift', () => {
    always((verdict, { look, rule }) => {
      if (look.intent.state === 'in_flight') return;
      const isNothing = verdict.action === 'skip' && verdict.reason === 'nothing_to_do';
      expect(isNothing).toBe(driftOf(look, rule) === undefined);
    });
  });

  it('three acts at most leave nothing to do', () => {
    always((verdict, { look, policy, rule, person }) => {
      let [seen, next] = [look, verdict];
      for (let acts = 0; acts < 3 && next.action !== 'skip'; acts++) {
        seen = carriedOut(seen, next);
        if (person && standing(seen.graph, PRESENT) === 'other') return; // A person's choice becomes the intent.
        next = judge(seen, policy, rule, person);
      }
      expect(next.action).toBe('skip');
    });
  });
});

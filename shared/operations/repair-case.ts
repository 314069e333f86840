import type { ChunkId } from '../domain/chunk.ts';
import type { Look } from '../domain/look.ts';
import type { DriftItem, RepairRow } from '../domain/project.ts';
import type { Reason } from '../domain/reason.ts';
import type { Action, Verdict } from '../domain/verdict.ts';

export type Known = Pick<DriftItem, 'chunk_id' | 'file_path' | 'evidence'> &
  Partial<Omit<DriftItem, 'action'>> & { action?: Action | 'skip' };

/** A chunk on its way through the guards. It is `refused` once, with a reason, or acted upon. */
export interface Case {
  chunk_id: ChunkId;
  /** What is known of it; in bulk no more than its first look. */
  item: Known | undefined;
  look?: Look;
  evidence?: string;
  verdict?: Exclude<Verdict, { action: 'skip' }>;
}

export type Refused = RepairRow & { outcome: 'skipped' | 'rate_limited' | 'failed' };

/** What is left of a batch after some guards, and what they refused. */
export interface Sifted {
  cases: Case[];
  refused: Refused[];
}

export const refuse = (one: Case, reason: Reason): Refused => ({
  chunk_id: one.chunk_id,
  outcome: reason === 'rate_limited' ? 'rate_limited' : 'skipped',
  reason,
  ...(one.verdict ? { action: one.verdict.action } : {}),
});

export const failed = (one: Case, error: string): Refused => ({
  chunk_id: one.chunk_id,
  outcome: 'failed',
  error,
  ...(one.verdict ? { action: one.verdict.action as Action } : {}),
});

/** Asks one question of every case: a reason refuses it. */
export const sift = (sifted: Sifted, reasonAgainst: (one: Case) => Reason | undefined): Sifted => {
  const next: Sifted = { cases: [], refused: [...sifted.refused] };
  for (const one of sifted.cases) {
    const reason = reasonAgainst(one);
    if (reason) next.refused.push(refuse(one, reason));
    else next.cases.push(one);
  }
  return next;
};

/** Lets the first `count` cases through and refuses the others. */
export const siftFirst = ({ cases, refused }: Sifted, count: number, reason: Reason): Sifted => ({
  cases: cases.slice(0, count),
  refused: [...refused, ...cases.slice(count).map((one) => refuse(one, reason))],
});

export const refuseAll = (sifted: Sifted, reason: Reason): Sifted => siftFirst(sifted, 0, reason);

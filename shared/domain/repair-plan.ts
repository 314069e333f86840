import { hash } from 'node:crypto';
import type { ChunkId } from './chunk.ts';
import type { DriftType } from './drift.ts';
import type { RepairPlan, Unseen } from './ending.ts';
import type { DriftItem } from './project.ts';
import type { Action } from './verdict.ts';

/** So many ids tell what the others are like. */
const SAMPLE = 100;

/** The plan of no repair: all that is to be decided is what it is about. */
export const emptyPlan = (about: string): RepairPlan => ({
  digest: digestOf(about),
  verdicts: {},
  embedding_tokens: 0,
  unseen: { count: 0, sample: [] },
});

const digestOf = (text: string) => hash('sha256', text).slice(0, 32);

export const withItem = (plan: RepairPlan, item: DriftItem): RepairPlan => {
  const verdict = plannedFor(item);
  const { digest, verdicts, embedding_tokens, unseen } = plan;
  return {
    digest: digestOf(`${digest}\n${item.chunk_id} ${verdict} ${item.evidence}`),
    verdicts: { ...verdicts, [verdict]: (verdicts[verdict] ?? 0) + 1 },
    embedding_tokens: embedding_tokens + (item.embedding_tokens ?? 0),
    unseen: isUnseen(item) ? withUnseen(unseen, item.chunk_id) : unseen,
  };
};

const withUnseen = ({ count, sample }: Unseen, id: ChunkId): Unseen => ({
  count: count + 1,
  sample: sample.length < SAMPLE ? [...sample, id] : sample,
});

/** Listed in the mass without a look. */
const isUnseen = ({ evidence }: DriftItem) => evidence === '';

export const plannedFor = (item: DriftItem): Action | 'skip' =>
  item.action ?? (isUnseen(item) ? LIKELY[item.type] : undefined) ?? 'skip';

/** Suspected ids have no verdict yet: what their type most likely leads to, for the counts that a person approves. */
const LIKELY: Partial<Record<DriftType, Action>> = {
  missing_in_qdrant: 'copy_to_qdrant',
  missing_in_neo4j: 'copy_to_neo4j',
  content_mismatch: 'reconcile_content',
  deleted_but_present: 'delete_orphan',
};

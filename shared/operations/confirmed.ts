import { depthThatSees } from '../domain/compare.ts';
import { causeOf, driftOf } from '../domain/drift.ts';
import { evidenceOf, type Look } from '../domain/look.ts';
import type { DriftItem } from '../domain/project.ts';
import { deeperOf } from '../domain/scan.ts';
import { judge, type Verdict } from '../domain/verdict.ts';
import { tokensOf } from './embedding-cost.ts';
import { pathOf, vectorRule } from './first-look.ts';
import { recordedAt } from './recorded-at.ts';
import type { Watch } from './shift.ts';
import { timestamp } from './world.ts';

/** A difference that two equal looks have shown, and what to do about it. */
export interface Confirmed {
  look: Look;
  item: DriftItem;
  verdict: Verdict;
}

export const confirmed = async (watch: Watch, looks: Look[]): Promise<Confirmed[]> => {
  const recorded = await recordedAt(watch.world, watch.project.project, looks);
  return looks.flatMap((look) => confirmedOne(watch, look, recorded.get(look.chunk_id)));
};

const confirmedOne = (
  { world, scan, project, settings }: Watch,
  look: Look,
  recorded_at?: string,
): Confirmed[] => {
  const rule = vectorRule(project, scan.depth);
  const type = driftOf(look, rule);
  if (type === undefined) return [];
  const verdict = judge(look, settings, rule);
  const now = timestamp(world);
  const embedding_tokens = tokensOf({ verdict, look }, project);
  const item: DriftItem = {
    project: project.project,
    chunk_id: look.chunk_id,
    type,
    cause: causeOf(look),
    file_path: pathOf(look),
    scan_id: scan.scan_id,
    depth: deeperOf(scan.depth, depthThatSees(look)),
    first_seen: now,
    last_seen: now,
    status: 'open',
    evidence: evidenceOf(look),
    ...(recorded_at ? { recorded_at } : {}),
    ...(verdict.action === 'skip' ? { reason: verdict.reason } : { action: verdict.action }),
    ...(look.vector_disagrees ? { embed_again: true } : {}),
    ...(embedding_tokens > 0 ? { embedding_tokens } : {}),
  };
  return [{ look, item, verdict }];
};

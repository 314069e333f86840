import { compare, type Snapshots, snapshot } from './comparison.ts';
import type { Corpus } from './corpus.ts';
import { BROUGHT_BACK, KILLED_WRITER, type Planted, type Stores } from './damage.ts';
import type { Ingested } from './ingest.ts';
import type { DriftAnswer } from './observe.ts';
import type { Report } from './report.ts';

export interface Evidence {
  ingested: Ingested;
  left_out: Corpus['left_out'];
  before: Snapshots;
  planted: Planted[];
  settled: Report['settled'];
  drifts: DriftAnswer[];
  ended: DriftAnswer[];
  isClean: boolean;
}

/** Judges the whole by an independent look at the stores. */
export const prove = async ({ cypher, qdrant, project }: Stores, evidence: Evidence): Promise<Report> => {
  const { planted, ended, settled, drifts } = evidence;
  const now = await snapshot(cypher, qdrant, project);
  const hitBy = (kind: string) =>
    new Set(planted.filter(({ damage }) => damage === kind).map(({ chunk_id }) => chunk_id));
  const [killed, gone] = [hitBy(KILLED_WRITER), hitBy(BROUGHT_BACK)];
  const damaged = new Set(planted.map(({ chunk_id }) => chunk_id));
  const { unmended, ...comparison } = compare(evidence.before, now, damaged, gone);
  const found = new Set(drifts.map(({ chunk_id }) => chunk_id));
  const isFound = planted.every(
    ({ chunk_id }) => found.has(chunk_id) || (killed.has(chunk_id) && settled.length > 0),
  );
  const isNothingElse = drifts.every(({ chunk_id }) => damaged.has(chunk_id));
  const isMended =
    unmended.every((id) => killed.has(id)) &&
    comparison.differing === 0 &&
    comparison.untouched_changed === 0;
  return {
    corpus: evidence.ingested,
    left_out: evidence.left_out,
    planted,
    found: drifts.map(({ chunk_id, type, cause }) => ({ chunk_id, type, cause })),
    repaired: ended.flatMap(({ chunk_id, status, action }) =>
      status === 'repaired' && action ? [{ chunk_id, action }] : [],
    ),
    skipped: ended.flatMap(({ chunk_id, status, reason }) =>
      status !== 'repaired' && reason ? [{ chunk_id, reason }] : [],
    ),
    settled,
    comparison,
    ok: isFound && isNothingElse && isMended && evidence.isClean,
  };
};

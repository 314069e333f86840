import { causeOf, driftOf } from '../domain/drift.ts';
import { documentPosition, documentStream, scanStream } from '../domain/event.ts';
import { evidenceOf, type Look } from '../domain/look.ts';
import type { DriftItem } from '../domain/project.ts';
import type { CandidateBatch } from '../domain/scan.ts';
import { addSums, sumsOf } from '../domain/sums.ts';
import { judge, type Verdict } from '../domain/verdict.ts';
import { isBatchOf, lookDeeply, pathOf, vectorRule } from './first-look.ts';
import { recordOnce } from './journal.ts';
import { hasTime, type Shift, save } from './scan-shard.ts';
import { timestamp } from './world.ts';

const BATCHES = 20;

interface Confirmed {
  item: DriftItem;
  verdict: Verdict;
}

/**
 * Looks at the candidates again, each a grace period after its first look. Only what shows the very same evidence is
 * drift: it becomes an item and an event. `false` if time ran out before all were looked at.
 */
export const confirmCandidates = async (shift: Shift): Promise<boolean> => {
  for (;;) {
    const batches = await shift.world.scans.candidates(shift.lease, BATCHES);
    if (batches.length === 0) return true;
    for (const batch of batches) {
      if (!(await graceHasPassed(shift, batch)) || !(await hasTime(shift))) return false;
      await confirmBatch(shift, batch);
    }
  }
};

/** What another worker has seen counts from when this one began: their clocks may be apart. */
const graceHasPassed = async (shift: Shift, { batch, seen_at }: CandidateBatch) => {
  const { world, settings, remainingMs } = shift;
  const seen = isBatchOf(shift, batch) ? Date.parse(seen_at) : shift.began;
  const wait = seen + settings.grace_seconds * 1000 - world.clock.now();
  if (wait >= remainingMs()) return false;
  if (wait > 0) await world.clock.sleep(wait);
  return true;
};

/** Items and events first, then the sums that count them; a death in between repeats the batch without effect. */
const confirmBatch = async (shift: Shift, batch: CandidateBatch): Promise<void> => {
  const { progress } = shift.lease.shard;
  if (progress.confirmed_batch !== batch.batch) {
    const { found, in_flight } = await lookAgain(shift, batch);
    await shift.world.drifts.record(found.map(({ item }) => item));
    await recordDrift(shift, batch, found);
    const sums = addSums(addSums(progress.sums, sumsOf(found)), { in_flight });
    await save(shift, { ...progress, pages: progress.pages + 1, sums, confirmed_batch: batch.batch });
  }
  await shift.world.scans.settleCandidates(shift.lease, batch.batch);
};

const lookAgain = async (shift: Shift, { candidates }: CandidateBatch) => {
  const { world, scan, project } = shift;
  const ids = candidates.map(({ chunk_id }) => chunk_id);
  const paths = new Set(candidates.flatMap(({ file_path }) => (file_path ? [file_path] : [])));
  const again = candidates.flatMap(({ chunk_id, embed_again }) => (embed_again ? [chunk_id] : []));
  const looks =
    ids.length > 0
      ? await lookDeeply(world, project, scan.depth, { ids, paths }, again)
      : new Map<string, Look>();
  const isSame = ({ chunk_id, evidence }: CandidateBatch['candidates'][number]) => {
    const look = looks.get(chunk_id);
    return look && evidenceOf(look) === evidence ? [look] : [];
  };
  const found = candidates.flatMap(isSame).flatMap((look) => confirmed(shift, look));
  const in_flight = [...looks.values()].filter(({ intent }) => intent.state === 'in_flight').length;
  return { found, in_flight };
};

const confirmed = ({ world, scan, project, settings }: Shift, look: Look): Confirmed[] => {
  const rule = vectorRule(project, scan.depth);
  const type = driftOf(look, rule);
  if (type === undefined) return [];
  const verdict = judge(look, settings, rule);
  const now = timestamp(world);
  const item: DriftItem = {
    project: scan.project,
    chunk_id: look.chunk_id,
    type,
    cause: causeOf(look),
    file_path: pathOf(look),
    scan_id: scan.scan_id,
    depth: scan.depth,
    first_seen: now,
    last_seen: now,
    status: 'open',
    evidence: evidenceOf(look),
    ...(verdict.action === 'skip' ? { reason: verdict.reason } : { action: verdict.action }),
    ...(look.vector_disagrees ? { embed_again: true } : {}),
  };
  return [{ item, verdict }];
};

/** One event a document, in its own stream, so that a chunk's story is read from one place. */
const recordDrift = async ({ world, scan, lease }: Shift, { batch }: CandidateBatch, found: Confirmed[]) => {
  const byPath = Map.groupBy(found, ({ item }) => item.file_path);
  for (const [file_path, drifts] of byPath) {
    const stream =
      file_path === null ? scanStream(scan.project, scan.scan_id) : documentStream(scan.project, file_path);
    const place = { project: scan.project, correlation_id: lease.shard.correlation_id, stream };
    const position = documentPosition(0, 'drift_detected', batch);
    await recordOnce(
      world,
      'drift_detected',
      { ...place, ...(file_path ? { file_path } : {}), position },
      {
        status: 'detected',
        metadata: { scan_id: scan.scan_id, drifts: drifts.map(({ item }) => summary(item)) },
      },
    );
  }
};

const summary = ({ chunk_id, type, cause, action, reason }: DriftItem) => ({
  chunk_id,
  type,
  cause,
  action,
  reason,
});

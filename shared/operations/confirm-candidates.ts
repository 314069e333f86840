import { doSidesDiffer } from '../domain/compare.ts';
import { driftOf } from '../domain/drift.ts';
import { documentStream, scanStream } from '../domain/event.ts';
import { evidenceOf, type Look } from '../domain/look.ts';
import type { Candidate, CandidateBatch } from '../domain/scan.ts';
import { addSums, sumsOf } from '../domain/sums.ts';
import { type Confirmed, confirmed } from './confirmed.ts';
import { batchOf, isBatchOf, isInFlight, lookOnceMore, pathOf, vectorRule } from './first-look.ts';
import { recordDrift } from './record-drift.ts';
import { hasTime, type Shift, save, sleepUntil } from './shift.ts';

const BATCHES = 20;
/** So often is an id looked at after its first look. What changes each time is not for this scan to tell. */
const MOST_LOOKS = 4;

/**
 * Looks at the candidates again, each a grace period after its last look. Only what shows the very same evidence is
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
const graceHasPassed = async (shift: Shift, { batch, seen_at, candidates }: CandidateBatch) => {
  if (!candidates.some(mustWait)) return true;
  const seen = isBatchOf(shift, batch) ? Date.parse(seen_at) : shift.began;
  return await sleepUntil(shift, seen + shift.settings.grace_seconds * 1000);
};

/** What was being written while its page was read has mostly been written by the end of the walk. */
const mustWait = ({ evidence, unsettled = 0 }: Candidate) => evidence !== undefined || unsettled > 0;

/** Items and events first, then the sums that count them; a death in between repeats the batch without effect. */
const confirmBatch = async (shift: Shift, batch: CandidateBatch): Promise<void> => {
  const { progress } = shift.lease.shard;
  if (progress.confirmed_batch !== batch.batch) {
    const { found, again, given_up } = await lookAgain(shift, batch);
    await shift.world.drifts.record(found.map(({ item }) => item));
    await recordDrifts(shift, batch, found);
    const counted = { ...sumsOf(ofThisShard(shift, found)), in_flight: given_up };
    const next = { ...progress, pages: progress.pages + 1, sums: addSums(progress.sums, counted) };
    await save(shift, { ...next, confirmed_batch: batch.batch }, batchOf(shift, again));
  }
  await shift.world.scans.settleCandidates(shift.lease, batch.batch);
};

/** What the sides differ in is counted by the shard that walks both, and not by the one that walks manifests as well. */
const ofThisShard = ({ lease }: Shift, found: Confirmed[]): Confirmed[] =>
  lease.shard.task.kind === 'manifests' ? found.filter(({ look }) => !doSidesDiffer(look)) : found;

const lookAgain = async (shift: Shift, { candidates }: CandidateBatch) => {
  const { project, scan } = shift;
  const looks = await lookOnceMore(shift, candidates);
  const rule = vectorRule(project, scan.depth);
  const differing: Look[] = [];
  const unsettled: Candidate[] = [];
  for (const candidate of candidates) {
    const look = looks.get(candidate.chunk_id);
    if (look && evidenceOf(look) === candidate.evidence) differing.push(look);
    else if (look && (isInFlight(look) || driftOf(look, rule))) unsettled.push(afterLook(candidate, look));
  }
  const isLast = ({ unsettled: times = 0 }: Candidate) => times >= MOST_LOOKS;
  const again = unsettled.filter((candidate) => !isLast(candidate));
  const found = await confirmed(shift, differing);
  return { found, again, given_up: unsettled.length - again.length };
};

/** What has changed since the last look, or is being written now, begins its grace period anew. */
const afterLook = (
  { embed_again, unsettled = 0, file_path, chunk_id }: Candidate,
  look: Look,
): Candidate => ({
  ...{ chunk_id, file_path: pathOf(look) ?? file_path, unsettled: unsettled + 1 },
  ...(isInFlight(look) ? {} : { evidence: evidenceOf(look) }),
  ...(embed_again ? { embed_again } : {}),
});

/** One event a document, in its own stream, so that a chunk's story is read from one place. */
const recordDrifts = async ({ world, scan, lease }: Shift, { batch }: CandidateBatch, found: Confirmed[]) => {
  for (const [file_path, drifts] of Map.groupBy(found, ({ item }) => item.file_path)) {
    const stream =
      file_path === null ? scanStream(scan.project, scan.scan_id) : documentStream(scan.project, file_path);
    const { correlation_id } = lease.shard;
    await recordDrift(world, drifts, { stream, correlation_id, detail: batch });
  }
};

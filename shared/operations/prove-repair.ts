import type { Manifest } from '../domain/document.ts';
import type { Look } from '../domain/look.ts';
import type { RepairRow } from '../domain/project.ts';
import { judge, type Verdict } from '../domain/verdict.ts';
import { FencedError, messageOf } from '../errors.ts';
import { closeWith } from './close-with.ts';
import { vectorRule } from './first-look.ts';
import { operationEvent, recordOnce } from './journal.ts';
import { type Case, failed } from './repair-case.ts';
import { insertedBy, targetOf } from './repair-changes.ts';
import { eventsOf, type Reserved } from './reservation.ts';
import type { Round } from './round.ts';
import { timestamp } from './world.ts';

/** What stands now, judged again: nothing left to do means repaired. */
export const readBack = async (round: Round, head: Reserved, cases: Case[]): Promise<RepairRow[]> => {
  const { project, settings } = round;
  const [whole, signed] = readInto(round, cases);
  const [graph, vectors, others] = await Promise.all([
    round.world.graph.read(project.project, idsOf(cases)),
    round.world.vectors.read(project.project, idsOf(whole), { vectors: true }),
    round.world.vectors.read(project.project, idsOf(signed)),
  ]);
  const rule = vectorRule(project, 'vectors');
  // Where another's point came first, it may say the same of itself beside any vector: ours is signed.
  const inserted = new Set(insertedBy(cases));
  return cases.map((one): RepairRow => {
    const look = one.look as Look;
    const intent = newIntent(one, round, head, look);
    const now: Look = {
      chunk_id: one.chunk_id,
      intent,
      graph: graph.get(one.chunk_id),
      vectors: vectors.get(one.chunk_id) ?? others.get(one.chunk_id),
    };
    const isRight =
      isDone(one.verdict, judge(now, settings, whole.includes(one) ? rule : undefined)) &&
      (!inserted.has(one.chunk_id) || now.vectors?.write_id === head.open.op_id);
    const action = one.verdict?.action;
    return isRight && action
      ? { chunk_id: one.chunk_id, outcome: 'repaired', action }
      : failed(one, 'did not take');
  });
};

/**
 * Which points are read back with their numbers, and which by text, place and signature alone: in bulk one point of a document
 * stands for those that were inserted with it. An insertion writes text and vector at once, so that the signature of
 * this operation and the hash that its vector was made from prove both.
 */
const readInto = ({ run }: Round, cases: Case[]): [Case[], Case[]] => {
  const isSigned = (one: Case, at: number) =>
    run.shares !== undefined && at > 0 && one.look?.vectors === undefined;
  return [cases.filter((one, at) => !isSigned(one, at)), cases.filter(isSigned)];
};

const idsOf = (cases: Case[]) => cases.map(({ chunk_id }) => chunk_id);

/** The act is proven if nothing is left to do where it wrote; a second fault, elsewhere, is for the next scan. */
const isDone = (done: Case['verdict'], left: Verdict): boolean =>
  left.action === 'skip' ? left.reason === 'nothing_to_do' : !left.to.some((side) => done?.to.includes(side));

/** Where a person has overruled the manifest, what they chose is what is written from now on. */
const newIntent = (one: Case, round: Round, head: Reserved, look: Look): Look['intent'] => {
  const target = targetOf(one, round, head);
  if (look.intent.state !== 'present' || !target || target.content_hash === look.intent.entry.content_hash)
    return look.intent;
  const { content_hash, version } = target;
  return { ...look.intent, entry: { ...look.intent.entry, content_hash, version } };
};

/** Records what came of it, and closes the document; throws FencedError if settle has given the repair up. */
export const conclude = async (round: Round, head: Reserved, cases: Case[], rows: RepairRow[]) => {
  const { world } = round;
  const repaired = rows.filter(({ outcome }) => outcome === 'repaired');
  const lost = rows.filter(({ outcome }) => outcome !== 'repaired');
  if (repaired.length > 0 && (await world.documents.decide(head, 'commit')) === 'abort')
    throw new FencedError('the repair was given up');
  if (repaired.length > 0) await recordTried(round, head, cases, repaired);
  const committed = await overruled(round, head, cases, repaired);
  if (repaired.length > 0) await tell(round, head, 'repair_completed', repaired, committed?.manifest);
  if (lost.length > 0) await tell(round, head, 'repair_failed', lost);
  await closeWith(world.documents, head, timestamp(world), committed);
};

/**
 * Counted as failed until it reads back right, and before it is announced: whoever dies from here on leaves the next
 * attempt a number of its own.
 */
export const recordTried = (
  { world, project }: Round,
  head: Reserved,
  cases: Case[],
  repaired: RepairRow[] = [],
): Promise<void> =>
  world.drifts.recordAttempt({
    project: project.project,
    file_path: head.file_path,
    version: head.open.version,
    at: timestamp(world),
    tried: cases.map(({ chunk_id }) => chunk_id),
    repaired: repaired.map(({ chunk_id }) => chunk_id),
  });

/** `overruled`: what the document is from now on, which its state as of a later time is folded from. */
const tell = (
  { world, run }: Round,
  head: Reserved,
  type: 'repair_completed' | 'repair_failed',
  rows: RepairRow[],
  overruled?: Manifest,
) =>
  recordOnce(world, type, operationEvent(eventsOf(head), type), {
    status: type === 'repair_completed' ? 'repaired' : 'failed',
    metadata: {
      repair_id: run.repair_id,
      chunks: rows.map(({ chunk_id, action }) => ({ chunk_id, action })),
    },
    ...(type === 'repair_failed' ? { error: messageOf(rows[0]?.error ?? 'failed') } : {}),
    ...(overruled ? { manifest: { chunks: overruled.chunks, removed: overruled.removed } } : {}),
  });

/** A person's authority changes what the document is: its manifest follows, as a new version. */
const overruled = async (round: Round, head: Reserved, cases: Case[], repaired: RepairRow[]) => {
  const isRepaired = new Set(repaired.map(({ chunk_id }) => chunk_id));
  const changed = new Map(
    cases.flatMap((one) => {
      const intent =
        one.look && isRepaired.has(one.chunk_id) ? newIntent(one, round, head, one.look) : undefined;
      return intent?.state === 'present' && intent !== one.look?.intent
        ? [[one.chunk_id, intent.entry] as const]
        : [];
    }),
  );
  if (changed.size === 0) return undefined;
  const manifest = await round.world.documents.manifest(head);
  const chunks = manifest.chunks.map((entry) => changed.get(entry.chunk_id) ?? entry);
  const next: Manifest = { ...manifest, version: head.open.version, chunks };
  return { manifest: next, state: head.state };
};

import { createHash } from 'node:crypto';
import {
  type Chunk,
  type ChunkId,
  type Embedding,
  otherSide,
  type Side,
  type StoredChunk,
} from '../domain/chunk.ts';
import type { Manifest } from '../domain/document.ts';
import { asChunk, type Look } from '../domain/look.ts';
import { NO_HISTORY, type RepairRow } from '../domain/project.ts';
import { judge, type Verdict } from '../domain/verdict.ts';
import { reusableEmbeddings } from '../domain/write-plan.ts';
import { messageOf, UnavailableError } from '../errors.ts';
import type { Change } from '../ports.ts';
import { reportToBreaker } from './breaker-use.ts';
import { embeddingsFor } from './embed.ts';
import { vectorRule } from './first-look.ts';
import { dependenciesOf } from './guards.ts';
import { operationEvent, record, recordOnce } from './journal.ts';
import { quarantineCases } from './quarantine-cases.ts';
import type { Round } from './repair.ts';
import { type Case, failed, refuse } from './repair-case.ts';
import { eventsOf, guardOf, overOf, type Reserved } from './reservation.ts';
import { isVector } from './sample-page.ts';
import { timestamp } from './world.ts';

/**
 * Carries out the verdicts on one document under its reservation: recorded before, fenced during, read back after.
 * Only what reads back right counts as repaired.
 */
export const actAndProve = async (round: Round, head: Reserved, cases: Case[]): Promise<RepairRow[]> => {
  const { world } = round;
  if ((await announce(round, head, cases)) === 'duplicate') {
    await world.documents.close(head, timestamp(world));
    return cases.map((one) => refuse(one, 'duplicate'));
  }
  await countAttempts(round, cases);
  await quarantineCases(round, head, cases);
  await actWatched(round, head, cases);
  const rows = await readBack(round, head, cases);
  await conclude(round, head, cases, rows);
  return rows;
};

/** Two deliveries of one attempt meet here: hour, chunk, action, evidence and attempt make the key. */
const announce = async (round: Round, head: Reserved, cases: Case[]) => {
  const { world, project } = round;
  const histories = await world.drifts.history(
    project.project,
    cases.map(({ chunk_id }) => chunk_id),
  );
  const parts = cases.map((one) => {
    const { attempts, last_attempt_at } = histories.get(one.chunk_id) ?? NO_HISTORY;
    return [one.chunk_id, one.verdict?.action, one.evidence, attempts, last_attempt_at];
  });
  const key = repairKey(timestamp(world), parts);
  const place = {
    ...operationEvent(eventsOf(head), 'repair_started'),
    position: `repair#${key}`,
    idempotency_key: key,
  };
  const metadata = { repair_id: round.run.repair_id, op_id: head.open.op_id, repairs: cases.map(summary) };
  try {
    return await record(world, 'repair_started', place, { status: 'started', metadata });
  } catch (error) {
    if ((error as { code?: string }).code === 'event_conflict') return 'duplicate';
    throw error;
  }
};

/** The seed's hourly window: the same repair of the same evidence, tried again within the hour, is the same repair. */
export const repairKey = (at: string, parts: unknown[]): string =>
  createHash('sha256')
    .update(JSON.stringify([at.slice(0, 13), parts]))
    .digest('hex')
    .slice(0, 32);

const summary = ({ chunk_id, verdict, item }: Case) => ({
  chunk_id,
  action: verdict?.action,
  cause: verdict?.cause,
  type: item?.type,
});

/** Counted as failed until it reads back right, so that a death in between is an attempt too. */
const countAttempts = async ({ world, project }: Round, cases: Case[]) => {
  for (const { chunk_id } of cases)
    await world.drifts.recordAttempt(project.project, chunk_id, 'failed', timestamp(world));
};

const actWatched = async (round: Round, head: Reserved, cases: Case[]) => {
  try {
    await act(round, head, cases);
    await reportAll(round, cases, undefined);
  } catch (error) {
    if (error instanceof UnavailableError) await reportAll(round, cases, error);
    throw error;
  }
};

/** Our own bad requests don't count against a dependency. */
const reportAll = async (round: Round, cases: Case[], error: UnavailableError | undefined) => {
  for (const dependency of new Set(cases.flatMap(dependenciesOf))) {
    const isGuilty = error?.dependency === dependency && error.kind !== 'refused';
    if (error && !isGuilty) continue;
    const permit = round.permits.get(dependency);
    if (permit?.allowed) await reportToBreaker(round, permit, isGuilty ? 'failed' : 'succeeded');
  }
};

const act = async (round: Round, head: Reserved, cases: Case[]): Promise<void> => {
  const targets = new Map(cases.map((one) => [one.chunk_id, targetOf(one, round, head)]));
  const embeddings = await embeddingsOf(round, cases, targets);
  for (const side of ['graph', 'vectors'] as const) {
    const changes = cases.flatMap((one) => changeOn(side, one, targets.get(one.chunk_id), embeddings));
    if (changes.length > 0) await round.world[side].apply(guardOf(head), changes);
  }
};

/** What the chunk shall be: the text of the source side, in the place that the manifest (or else the source) names. */
const targetOf = ({ verdict, look }: Case, { run }: Round, head: Reserved): Chunk | undefined => {
  if (!verdict || verdict.action === 'delete_orphan' || !look) return undefined;
  const source = look[verdict.from];
  if (!source) return undefined;
  const chunk = asChunk(source);
  if (look.intent.state !== 'present') return asChunk(filledFrom(source, look[otherSide(verdict.from)]));
  const { entry, file_path, chunk_index } = look.intent;
  const isOverruled = run.authority !== undefined && chunk.content_hash !== entry.content_hash;
  const { start_line, end_line } = entry;
  return {
    ...chunk,
    file_path,
    chunk_index,
    start_line,
    end_line,
    version: isOverruled ? head.open.version : entry.version,
  };
};

/** What the source does not hold, the other side may: nothing that stands there is overwritten by a default. */
const filledFrom = (source: StoredChunk, other: StoredChunk | undefined): StoredChunk => ({
  ...source,
  start_line: source.start_line ?? other?.start_line ?? null,
  end_line: source.end_line ?? other?.end_line ?? null,
  version: source.version ?? other?.version ?? null,
});

const changeOn = (
  side: Side,
  { chunk_id, verdict, look }: Case,
  chunk: Chunk | undefined,
  embeddings: Map<string, Embedding>,
): Change[] => {
  if (!verdict || !look) return [];
  const over = overOf(look[side]);
  // The text that a person chose stays where it is, but under the hash and version that its manifest will name.
  const isChosen =
    verdict.action === 'reconcile_content' && verdict.from === side && isOverruling(look, chunk);
  if (isChosen && chunk) return [{ kind: 'place', chunk, over }];
  if (!verdict.to.includes(side)) return [];
  if (verdict.action === 'delete_orphan') return [{ kind: 'remove', chunk_id, over }];
  if (!chunk) return [];
  if (verdict.action === 'reconcile_metadata') return [{ kind: 'place', chunk, over }];
  const embedding = embeddings.get(chunk.content_hash);
  if (!embedding) return [];
  return [{ kind: 'put', chunk, embedding, keep_embedding: embedding.embedding_model === 'caller', over }];
};

const isOverruling = ({ intent }: Look, chunk: Chunk | undefined) =>
  intent.state === 'present' && chunk !== undefined && chunk.content_hash !== intent.entry.content_hash;

/** Vectors at hand, from the node or from a point whose own is sound, before any is made anew. */
const embeddingsOf = ({ world, project }: Round, cases: Case[], targets: Map<ChunkId, Chunk | undefined>) => {
  const texts = cases.flatMap((one) => {
    const isPut =
      one.verdict && one.verdict.action !== 'delete_orphan' && one.verdict.action !== 'reconcile_metadata';
    return isPut ? (targets.get(one.chunk_id) ?? []) : [];
  });
  const sound = cases.flatMap(({ look }) => (look ? soundVectors(look, project.dimension) : []));
  const model = project.embedding_model ?? world.embedder.model;
  return embeddingsFor(
    world,
    texts,
    new Map([...reusableEmbeddings(sound, model), ...reusableEmbeddings(sound, 'caller')]),
  );
};

const soundVectors = ({ graph, vectors, vector_disagrees }: Look, dimension: number): StoredChunk[] =>
  [graph, vector_disagrees ? undefined : vectors].filter(
    (stored) => stored !== undefined && isVector(stored.vector, dimension),
  ) as StoredChunk[];

/** What stands now, judged again: nothing left to do means repaired. */
const readBack = async (round: Round, head: Reserved, cases: Case[]): Promise<RepairRow[]> => {
  const { world, project, settings } = round;
  const ids = cases.map(({ chunk_id }) => chunk_id);
  const [graph, vectors] = await Promise.all([
    world.graph.read(project.project, ids, { vectors: true }),
    world.vectors.read(project.project, ids, { vectors: true }),
  ]);
  return cases.map((one): RepairRow => {
    const look = one.look as Look;
    const intent = newIntent(one, round, head, look);
    const now: Look = {
      chunk_id: one.chunk_id,
      intent,
      graph: graph.get(one.chunk_id),
      vectors: vectors.get(one.chunk_id),
    };
    const isRight = isDone(one.verdict, judge(now, settings, vectorRule(project, 'vectors')));
    const action = one.verdict?.action;
    return isRight && action
      ? { chunk_id: one.chunk_id, outcome: 'repaired', action }
      : failed(one, 'did not take');
  });
};

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

const conclude = async (round: Round, head: Reserved, cases: Case[], rows: RepairRow[]) => {
  const { world, project } = round;
  const repaired = rows.filter(({ outcome }) => outcome === 'repaired');
  const lost = rows.filter(({ outcome }) => outcome !== 'repaired');
  for (const { chunk_id } of repaired)
    await world.drifts.recordAttempt(project.project, chunk_id, 'repaired', timestamp(world));
  const committed = await overruled(round, head, cases, repaired);
  if (repaired.length > 0) await tell(round, head, 'repair_completed', repaired, committed?.manifest);
  if (lost.length > 0) await tell(round, head, 'repair_failed', lost);
  await world.documents.close(head, timestamp(world), committed);
};

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

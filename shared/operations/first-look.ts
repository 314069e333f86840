import type { ChunkId } from '../domain/chunk.ts';
import { driftOf } from '../domain/drift.ts';
import { evidenceOf, type Look, type VectorRule } from '../domain/look.ts';
import { told } from '../domain/name.ts';
import type { DriftItem, Project } from '../domain/project.ts';
import type { Candidate, CandidateBatch, Depth } from '../domain/scan.ts';
import { disagreeing } from './embed-again.ts';
import { type LookRequest, lookAt } from './look-at.ts';
import { settleDocument } from './settle-writes.ts';
import type { Shift, Watch } from './shift.ts';
import { timestamp, type World } from './world.ts';

/** What a scan of this depth may say of vectors. */
export const vectorRule = (project: Project, depth: Depth): VectorRule | undefined =>
  depth === 'fingerprints' || depth === 'counts'
    ? undefined
    : { embedding_model: project.embedding_model, dimension: project.dimension };

/** Looks at chunks; documents whose operation is dead are settled first, and looked at again. */
export const lookSettled = async (
  world: World,
  project: string,
  request: LookRequest,
): Promise<Map<ChunkId, Look>> => {
  const { looks, dead } = await lookAt(world, project, request);
  if (dead.length === 0) return looks;
  for (const head of dead) await settleDocument(world, head);
  return (await lookAt(world, project, request)).looks;
};

/**
 * As `lookSettled`, and embedded again for ids that a sample picked out. Vectors are read whatever the depth, so that
 * what scans and repairs see of a chunk is the same evidence.
 */
export const lookDeeply = async (
  world: World,
  project: string,
  request: Omit<LookRequest, 'vectors'>,
  embedAgain: ChunkId[] = [],
): Promise<Map<ChunkId, Look>> => {
  const looks = await lookSettled(world, project, { ...request, vectors: true });
  for (const [id, look] of await lookWhereKnown(world, project, looks)) looks.set(id, look);
  const picked = embedAgain.flatMap((id) => looks.get(id) ?? []);
  for (const look of await disagreeing(world, picked)) look.vector_disagrees = true;
  return looks;
};

/** A chunk that nobody seems to have meant may be known as a drift of a document that neither side names any more. */
const lookWhereKnown = async (world: World, project: string, looks: Map<ChunkId, Look>) => {
  const ids = [...looks.values()]
    .filter(({ intent }) => intent.state === 'unknown')
    .map((one) => one.chunk_id);
  const known = ids.length > 0 ? [...(await world.drifts.get(project, ids)).values()] : [];
  const isElsewhere = ({ chunk_id, file_path }: DriftItem) => {
    const { graph, vectors } = looks.get(chunk_id) ?? {};
    return file_path !== null && file_path !== graph?.file_path && file_path !== vectors?.file_path;
  };
  const misplaced = known.filter(isElsewhere);
  if (misplaced.length === 0) return new Map<ChunkId, Look>();
  const paths = new Set(misplaced.flatMap(({ file_path }) => (file_path ? [file_path] : [])));
  const request = { ids: misplaced.map(({ chunk_id }) => chunk_id), paths, vectors: true };
  return await lookSettled(world, project, request);
};

/** An id to look at; `path`: the document whose manifest named it; `embed_again`: a sample picked its vector. */
export interface Doubt {
  chunk_id: ChunkId;
  path?: string;
  embed_again?: boolean;
}

/** The first look at suspects of a page: what is drift by it waits for the second, and so does what can't be told yet. */
export const firstLook = async (
  { world, scan, project }: Watch,
  doubts: Doubt[],
): Promise<{ candidates: Candidate[]; in_flight: Candidate[] }> => {
  const byId = new Map(doubts.map((doubt) => [doubt.chunk_id, doubt]));
  const paths = new Set(doubts.flatMap(({ path }) => (path ? [path] : [])));
  const again = doubts.flatMap(({ chunk_id, embed_again }) => (embed_again ? [chunk_id] : []));
  const request = { ids: [...byId.keys()], paths };
  const looks = [...(await lookDeeply(world, project.project, request, again)).values()];
  const rule = vectorRule(project, scan.depth);
  const waiting = (those: Look[]) => those.map((look) => candidateOf(look, byId.get(look.chunk_id)));
  return {
    candidates: waiting(looks.filter((look) => driftOf(look, rule) !== undefined)),
    in_flight: waiting(looks.filter(isInFlight)),
  };
};

/** Looks at candidates once more, as deeply as they were looked at first. */
export const lookOnceMore = async (
  { world, project }: Watch,
  candidates: Candidate[],
): Promise<Map<ChunkId, Look>> => {
  const ids = candidates.map(({ chunk_id }) => chunk_id);
  if (ids.length === 0) return new Map();
  const paths = new Set(candidates.flatMap(({ file_path }) => (file_path ? [file_path] : [])));
  const embedAgain = candidates.flatMap(({ chunk_id, embed_again }) => (embed_again ? [chunk_id] : []));
  return await lookDeeply(world, project.project, { ids, paths }, embedAgain);
};

/** The candidates of a page. Their grace period begins when the last of them has been looked at. */
export const batchOf = (shift: Shift, candidates: Candidate[]): CandidateBatch => ({
  batch: batchesOf(shift) + String(shift.lease.shard.progress.pages).padStart(8, '0'),
  seen_at: timestamp(shift.world),
  candidates,
});

const batchesOf = ({ scan, lease }: Shift) => `${scan.scan_id}#${lease.shard.shard}#${lease.fence}#`;

/** Whether this very holder of the lease took the first look at a batch. */
export const isBatchOf = (shift: Shift, batch: string): boolean => batch.startsWith(batchesOf(shift));

export const isInFlight = ({ intent }: Look): boolean => intent.state === 'in_flight';

/** A vector that was picked to be embedded again is so too where its document was being written. */
const candidateOf = (look: Look, doubt: Doubt | undefined): Candidate => ({
  chunk_id: look.chunk_id,
  file_path: pathOf(look) ?? doubt?.path ?? null,
  ...(isInFlight(look) ? {} : { evidence: evidenceOf(look) }),
  ...(look.vector_disagrees || (isInFlight(look) && doubt?.embed_again) ? { embed_again: true } : {}),
});

/** The document that a chunk belongs to, as far as anyone names one. */
export const pathOf = ({ intent, graph, vectors }: Look): string | null => {
  const meant = intent.state === 'unknown' ? null : intent.file_path;
  const path = meant ?? graph?.file_path ?? vectors?.file_path ?? null;
  return path === null ? null : told(path);
};

import { createHash } from 'node:crypto';
import { type ChunkId, SIDES } from '../domain/chunk.ts';
import type { DriftType } from '../domain/drift.ts';
import { documentPosition, projectStream } from '../domain/event.ts';
import { type RunChunk, seenOf, sharesFor } from '../domain/lane.ts';
import { type Approval, type DriftItem, isReleasable } from '../domain/project.ts';
import type { Scan } from '../domain/scan.ts';
import { blastRadius, driftedIn } from '../domain/sums.ts';
import type { Action } from '../domain/verdict.ts';
import { driftPages } from './drift-pages.ts';
import { tokensOfUnseen, type Unseen } from './embedding-cost.ts';
import { recordOnce } from './journal.ts';
import { runChunk } from './release-repairs.ts';
import { ring } from './ring.ts';
import { keepChunks, keepShares } from './run-chunks.ts';
import { timestamp, type World } from './world.ts';

/**
 * Opens the project's one request: nothing is repaired until a person has decided about this very plan. A scan that has
 * found what is asked for already asks for nothing new.
 */
export const requestApproval = async (world: World, scan: Scan): Promise<void> => {
  const { project, correlation_id, scan_id } = scan;
  const reason = scan.error?.kind ?? blastRadius(scan.sums) ?? 'plan';
  const { list, ...plan } = await planOf(world, scan);
  const since = scan.completed_at ?? timestamp(world);
  const asked = { approval_id: scan_id, scan_id, reason, since, ...plan };
  const standing = await world.projects.requestApproval(project, { ...asked, ...list });
  if (standing?.approval_id !== asked.approval_id || standing.plan_hash !== asked.plan_hash) return;
  const place = approvalPlace(project, correlation_id, 'approval_requested', asked);
  await recordOnce(world, 'approval_requested', place, { status: 'waiting', metadata: asked });
  await ring(world, [
    { type: 'ApprovalRequired', project, correlation_id, scan_id, approval_id: asked.approval_id },
  ]);
};

type Plan = Pick<Approval, 'plan_hash' | 'verdicts' | 'embedding_tokens'> & {
  list: Pick<Approval, 'list_id' | 'shares'>;
};

/**
 * All that stands and may be released, whichever scan has seen it last: a scan that looks less deep takes nothing off
 * the plan. The hash is of every chunk with its verdict and evidence, in order.
 */
const planOf = async (world: World, scan: Scan): Promise<Plan> => {
  const hash = createHash('sha256').update(`${scan.error?.kind ?? ''}\n`);
  const verdicts: Plan['verdicts'] = {};
  const unseen: Unseen = { count: 0, sample: [] };
  let tokens = 0;
  const shares = sharesFor(driftedIn(scan.sums));
  const count = (item: DriftItem): RunChunk => {
    const verdict = plannedFor(item);
    hash.update(`${item.chunk_id} ${verdict} ${item.evidence}\n`);
    verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
    tokens += item.embedding_tokens ?? 0;
    if (isUnseen(item) && ++unseen.count <= SAMPLE) unseen.sample.push(item.chunk_id);
    return { ...runChunk(item), action: verdict, ...(shares > 0 ? { seen: seenOf(item) } : {}) };
  };
  async function* counted() {
    for await (const items of plannedBy(world, scan))
      yield (shares > 0 ? await placed(world, scan.project, items) : items).map(count);
  }
  const list =
    shares > 0
      ? await keepShares(world, scan.project, shares, counted())
      : { list_id: (await keepChunks(world, scan.project, counted())).list_id };
  const embedding_tokens = tokens + (await tokensOfUnseen(world, scan.project, unseen));
  return { plan_hash: hash.digest('hex').slice(0, 32), verdicts, embedding_tokens, list };
};

/** What was listed in the mass has no path yet, by which chunks of one document come together: either side may name it. */
const placed = async (world: World, project: string, items: DriftItem[]): Promise<DriftItem[]> => {
  let found = new Map<ChunkId, string>();
  for (const side of SIDES) {
    const ids = items.flatMap(({ chunk_id, file_path }) =>
      file_path === null && !found.has(chunk_id) ? [chunk_id] : [],
    );
    if (ids.length > 0) found = new Map([...found, ...(await world[side].paths(project, ids))]);
  }
  return items.map((item) => ({ ...item, file_path: item.file_path ?? found.get(item.chunk_id) ?? null }));
};

/** Listed in the mass without a look. */
const isUnseen = ({ evidence }: DriftItem) => evidence === '';
const SAMPLE = 100;

/** Where a scan ended with an error, a person decides about that, and about no repair. */
async function* plannedBy(world: World, scan: Scan): AsyncGenerator<DriftItem[]> {
  if (scan.error) return;
  for await (const items of driftPages(world, scan.project)) yield items.filter(isReleasable);
}

const plannedFor = (item: DriftItem): Action | 'skip' =>
  item.action ?? (isUnseen(item) ? LIKELY[item.type] : undefined) ?? 'skip';

/** Suspected ids have no verdict yet: what their type most likely leads to, for the counts that a person approves. */
const LIKELY: Partial<Record<DriftType, Action>> = {
  missing_in_qdrant: 'copy_to_qdrant',
  missing_in_neo4j: 'copy_to_neo4j',
  content_mismatch: 'reconcile_content',
  deleted_but_present: 'delete_orphan',
};

export const approvalPlace = (
  project: string,
  correlation_id: string,
  type: 'approval_requested' | 'approval_given',
  { approval_id, plan_hash }: Pick<Approval, 'approval_id' | 'plan_hash'>,
) => ({
  project,
  correlation_id,
  stream: projectStream(project),
  position: documentPosition(0, type, `${approval_id}#${plan_hash}`),
});

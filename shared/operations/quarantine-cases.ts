import { SIDES, type Side, trueHash } from '../domain/chunk.ts';
import { derivedId } from '../domain/derived-id.ts';
import type { Look } from '../domain/look.ts';
import type { WholeImage } from '../ports.ts';
import { operationEvent, recordOnce } from './journal.ts';
import type { Round } from './repair.ts';
import type { Case } from './repair-case.ts';
import { eventsOf, type Reserved } from './reservation.ts';
import { timestamp } from './world.ts';

const DAY_MS = 86_400_000;

/** Keeps what is about to be removed or overwritten, both halves whole, before anything is touched. */
export const quarantineCases = async (round: Round, head: Reserved, cases: Case[]): Promise<void> => {
  const lossy = cases.filter(({ verdict }) => verdict && LOSSY.has(verdict.action));
  if (lossy.length === 0) return;
  const { world, project, run, settings } = round;
  const ids = lossy.map(({ chunk_id }) => chunk_id);
  const [graph, vectors] = await Promise.all([
    world.graph.images(project.project, ids),
    world.vectors.images(project.project, ids),
  ]);
  const images = Map.groupBy([...graph, ...vectors], ({ chunk_id }) => chunk_id);
  for (const { chunk_id, verdict, look } of lossy)
    await world.quarantine.put({
      quarantine_id: derivedId(head.open.op_id, chunk_id),
      project: project.project,
      chunk_id,
      file_path: head.file_path,
      reason: verdict?.action ?? '',
      ...keptOf(images.get(chunk_id) ?? [], look),
      quarantined_at: timestamp(world),
      expires_at: timestamp(world, settings.quarantine_days * DAY_MS),
      repair_id: run.repair_id,
      correlation_id: run.correlation_id,
      images: images.get(chunk_id) ?? [],
    });
  await recordOnce(world, 'chunk_quarantined', operationEvent(eventsOf(head), 'chunk_quarantined'), {
    status: 'quarantined',
    metadata: { repair_id: run.repair_id, chunk_ids: ids },
  });
};

const keptOf = (images: WholeImage[], look: Look | undefined) => {
  const sides = SIDES.filter((side) => images.some((image) => image.side === side));
  const hashOn = (side: Side) => (look?.[side] ? trueHash(look[side]) : null);
  return { sides, content_hashes: Object.fromEntries(sides.map((side) => [side, hashOn(side)])) };
};

const LOSSY = new Set<string>(['delete_orphan', 'reconcile_content', 'reconcile_metadata']);

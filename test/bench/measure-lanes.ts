// How fast repairs go: what a person has approved in the bulk lane, and the rate of the normal one.

import { randomUUID } from 'node:crypto';
import { chunkId } from '../../shared/domain/chunk.ts';
import { decideApproval } from '../../shared/operations/approval.ts';
import { planScan } from '../../shared/operations/plan-scan.ts';
import { requestRepairs } from '../../shared/operations/request-repairs.ts';
import { pathOf } from './corpus.ts';
import { answerDoorbells } from './drive.ts';
import type { Stage } from './stage.ts';
import { timed, upTo } from './timing.ts';

export interface BulkRepaired {
  chunks: number;
  repaired: number;
  /** Of the whole run, and of it what the embedder took. */
  seconds: number;
  embeddingSeconds: number;
  events: number;
}

/** Every point is lost, a scan finds it, a person approves: until the last chunk has been read back. */
export const measureBulk = async (stage: Stage, project: string): Promise<BulkRepaired> => {
  const { world, embedding } = timingEmbedder(stage.world);
  await stage.qdrant.delete(`project-${project}`, { filter: {}, wait: true });
  const request = { project, depth: 'fingerprints', correlation_id: randomUUID() } as const;
  await planScan(world, { ...request, intensity_percent: 100 });
  await answerDoorbells(world);
  const approval = await world.projects.approval(project);
  if (!approval) throw new Error('a lost side asked nobody');
  const correlation_id = randomUUID();
  const run = await decideApproval(world, { project, correlation_id, ...approval, decision: 'approve' });
  embedding.ms = 0;
  const { seconds } = await timed(() => answerDoorbells(world));
  const after = run && (await world.repairs.get(project, run.repair_id));
  if (after?.status !== 'completed') throw new Error(`the run ended ${JSON.stringify(after)}`);
  return {
    chunks: after.accepted,
    repaired: after.counts.repaired,
    seconds,
    embeddingSeconds: embedding.ms / 1000,
    events: await eventsOf(world, correlation_id),
  };
};

export interface PacedRepairs {
  configured: number;
  repaired: number;
  limited: number;
}

/** Twice as many lost points as a minute allows are asked for at once: how many are back before the minute ends. */
export const measureNormalLane = async ({ world, qdrant }: Stage, project: string): Promise<PacedRepairs> => {
  const configured = 60;
  const ids = upTo(2 * configured).map((document) => chunkId(project, pathOf(document), 0));
  await world.projects.changeSettings(project, {
    ...{ mode: 'auto', repairs_per_minute: configured, grace_seconds: 0 },
  });
  await qdrant.delete(`project-${project}`, { points: ids, wait: true });
  await wholeMinute(world.clock);
  const correlation_id = randomUUID();
  const { repair_id } = await requestRepairs(world, { project, chunk_ids: ids, correlation_id });
  await answerDoorbells(world);
  const run = repair_id === null ? undefined : await world.repairs.get(project, repair_id);
  return { configured, repaired: run?.counts.repaired ?? 0, limited: run?.counts.rate_limited ?? 0 };
};

const MINUTE_MS = 60_000;
const wholeMinute = async (clock: Stage['world']['clock']) => {
  const gone = clock.now() % MINUTE_MS;
  if (gone > MINUTE_MS / 4) await clock.sleep(MINUTE_MS - gone);
};

const timingEmbedder = (world: Stage['world']) => {
  const embedding = { ms: 0 };
  const embed: typeof world.embedder.embed = async (texts) => {
    const started = performance.now();
    try {
      return await world.embedder.embed(texts);
    } finally {
      embedding.ms += performance.now() - started;
    }
  };
  return { world: { ...world, embedder: { ...world.embedder, embed } }, embedding };
};

const eventsOf = async ({ events }: Stage['world'], correlation_id: string): Promise<number> => {
  let [count, cursor] = [0, undefined as string | undefined];
  do {
    const page = await events.byCorrelation(correlation_id, { limit: 1000, ...(cursor ? { cursor } : {}) });
    count += page.items.length;
    cursor = page.next_cursor;
  } while (cursor);
  return count;
};

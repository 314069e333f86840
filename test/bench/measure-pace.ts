// The normal lane beside a store that becomes slow, and well again: how many repairs a minute it allows itself.

import { randomUUID } from 'node:crypto';
import { chunkId } from '../../shared/domain/chunk.ts';
import { type Pace, paceOf } from '../../shared/domain/pace.ts';
import { requestRepairs } from '../../shared/operations/request-repairs.ts';
import { CHUNKS_PER_DOCUMENT, pathOf } from './corpus.ts';
import { answerDoorbells } from './drive.ts';
import { type Proxied, proxied } from './proxied.ts';
import type { Stage } from './stage.ts';
import { timed } from './timing.ts';

export interface PaceKept {
  configured: number;
  /** The p95 of the well store, and what was added to each of its answers. */
  baselineMs: number;
  addedMs: number;
  /** Repairs a minute that were allowed in the end, and how long it took until then. */
  well: Allowed;
  slow: Allowed;
  again: Allowed;
}
export interface Allowed {
  perMinute: number;
  seconds: number;
}

/** So many that the minute's rate holds nothing up: what is looked at is what it becomes. */
const CONFIGURED = 6_000;
/** Two halvings. */
const SLOWED = 0.25;
/** Fewer say little, and more than the most will not bring it about. */
const [LEAST_REPAIRS, MOST_REPAIRS] = [12, 200];

/** `undefined` where the stores can't be reached through a proxy. */
export const measurePace = async (
  stage: Stage,
  project: string,
  documents: number,
): Promise<PaceKept | undefined> => {
  const through = await proxied(stage);
  if (through === undefined) return undefined;
  await stage.world.projects.changeSettings(project, {
    ...{ mode: 'auto', repairs_per_minute: CONFIGURED, grace_seconds: 0 },
  });
  const lane: Lane = { ...through, project, lost: lostChunks(project, documents) };
  const well = await repairUntil(lane, (pace) => pace.share === 1 && baselineOf(pace) !== null);
  const baselineMs = baselineOf(well.pace) ?? 0;
  const addedMs = 2 * baselineMs;
  through.vectors.delayMs = addedMs;
  const slow = await repairUntil(lane, ({ share }) => share <= SLOWED);
  through.vectors.delayMs = 0;
  const again = await repairUntil(lane, ({ share }) => share === 1);
  await through.close();
  return { configured: CONFIGURED, baselineMs, addedMs, well, slow, again };
};

interface Lane extends Proxied {
  project: string;
  lost: Iterator<string>;
}

const baselineOf = ({ sides }: Pace) => sides.vectors.baseline_ms;

/** Another chunk each time; the first of a document is left to others. */
function* lostChunks(project: string, documents: number): Generator<string> {
  for (let index = 1; index < CHUNKS_PER_DOCUMENT; index++)
    for (let document = 0; document < documents; document++) yield chunkId(project, pathOf(document), index);
}

/** Loses a chunk and has it repaired, one after another, until the pace is as wanted or does not become so. */
const repairUntil = async (
  lane: Lane,
  isThere: (pace: Pace) => boolean,
): Promise<Allowed & { pace: Pace }> => {
  const { world } = lane.stage;
  const paceNow = async () => (await world.limits.pace(lane.project)).pace;
  const { seconds, result: pace } = await timed(async () => {
    let now = await paceNow();
    for (let repair = 0; repair < MOST_REPAIRS && (repair < LEAST_REPAIRS || !isThere(now)); repair++) {
      await repairOne(lane);
      now = await paceNow();
    }
    return now;
  });
  return { pace, perMinute: paceOf(pace, CONFIGURED, world.clock.now()), seconds };
};

const repairOne = async ({ stage: { world, qdrant }, project, lost }: Lane): Promise<void> => {
  const chunk_ids = [lost.next().value as string];
  await qdrant.delete(`project-${project}`, { points: chunk_ids, wait: true });
  await requestRepairs(world, { project, chunk_ids, correlation_id: randomUUID() });
  await answerDoorbells(world);
};

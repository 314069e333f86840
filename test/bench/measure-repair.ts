// What a scan finds of planted damage, and how long it takes until the damage is proven repaired.

import type { RepairRow } from '../../shared/domain/project.ts';
import type { Depth } from '../../shared/domain/scan.ts';
import { type Damaged, type DamagePlan, damage } from './damage.ts';
import { scanOnce } from './drive.ts';
import type { ScannedDepth } from './measure-scan.ts';
import { type SeedsFindings, seedsWay } from './seeds-way.ts';
import type { Stage } from './stage.ts';
import { timed } from './timing.ts';

export interface Detection {
  planted: Damaged;
  seed: SeedsFindings;
  scans: Record<ScannedDepth, { found: Set<string>; seconds: number }>;
}

/** The same damage, looked for in the seed's way and by scans that repair nothing: by one that sees as much, and by one that sees all. */
export const measureDetection = async (stage: Stage, plan: DamagePlan): Promise<Detection> => {
  const planted = await damage(stage, plan);
  const seed = await seedsWay(stage, plan.project, 1);
  const scanned = async (depth: ScannedDepth) => {
    const { seconds, result } = await timed(() => scanOnce(stage, plan.project, depth));
    return { found: await foundBy(stage, plan.project, result.scan.scan_id), seconds };
  };
  const fingerprints = await scanned('fingerprints');
  return { planted, seed, scans: { fingerprints, content: await scanned('content') } };
};

export const foundBy = async (
  { world }: Pick<Stage, 'world'>,
  project: string,
  scan_id: string,
): Promise<Set<string>> => {
  const { items } = await world.drifts.list(project, { scan_id }, { limit: 1000 });
  return new Set(items.map(({ chunk_id }) => chunk_id));
};

export interface Mended {
  damaged: number;
  repaired: number;
  seconds: number;
  rows: RepairRow[];
  correlation_id: string | undefined;
}

/** Mode `auto` for what is small beside the project too: otherwise it would wait an hour, as it may. */
export const repairAtOnce = ({ world }: Stage, project: string) =>
  world.projects.changeSettings(project, { mode: 'auto', auto_repair_above_percent: 0 });

/** Seconds from the damage (or from now, if it stands already) until its last chunk has been read back. */
export const measureMending = async (
  stage: Stage,
  project: string,
  depth: Depth,
  plan?: DamagePlan,
): Promise<Mended> => {
  const planted = plan && (await damage(stage, plan));
  const { seconds, result } = await timed(() => scanOnce(stage, project, depth));
  const run = await stage.world.repairs.get(project, result.scan.scan_id);
  return {
    damaged: planted ? planted.altered.length + planted.missing.length : (run?.accepted ?? 0),
    repaired: result.rows.filter(({ outcome }) => outcome === 'repaired').length,
    seconds,
    rows: result.rows,
    correlation_id: run?.correlation_id,
  };
};

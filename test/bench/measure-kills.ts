// Workers that are killed at random moments, until one of them ends the scan: what it sees, and what is done again.

import type { Scan } from '../../shared/domain/scan.ts';
import { CHUNKS_PER_DOCUMENT } from './corpus.ts';
import { damage } from './damage.ts';
import { agingOn, scanByMortals, type Through } from './mortal-scan.ts';
import type { Stage } from './stage.ts';

export interface Kills {
  kills: number;
  scans: number;
  pageRows: number;
  /** Pages that may have begun past the checkpoint when a worker was killed: the most of any, and of all. */
  mostAgain: number;
  again: number;
  /** Ids that a scan counted too few or too many, on either side. */
  miscounted: number;
  planted: number;
  /** Scans that found other drifts than the one that nobody disturbed. */
  differing: number;
}

const PAGES = 40;

export const measureKills = async (
  stage: Stage,
  project: string,
  chunks: number,
  kills: number,
): Promise<Kills> => {
  const { tables } = stage;
  const planted = await plant(stage, project, chunks);
  const held = await heldBy(stage, project, planted.length);
  const pageRows = chunks / PAGES;
  const aging = agingOn(tables);
  const scan = (killedWithinMs?: number) =>
    scanByMortals(aging, { project, tables, pageRows }, killedWithinMs);
  const undisturbed = await scan();
  if (undisturbed.drifts.length !== planted.length) throw new Error('a scan that nobody disturbed is wrong');
  const sums: Kills = { ...NO_KILLS, pageRows, planted: planted.length };
  while (sums.kills < kills) add(sums, await scan(undisturbed.ms / 2), undisturbed, held);
  await aging.stage.close();
  return sums;
};

const NO_KILLS = { kills: 0, scans: 0, mostAgain: 0, again: 0, miscounted: 0, differing: 0 };

type Held = Pick<Scan['sums'], 'distinct' | 'graph' | 'vectors'>;

/** What the stores themselves count. */
const heldBy = async ({ world }: Stage, project: string, missing: number): Promise<Held> => {
  const [graph, vectors] = await Promise.all([world.graph.count(project), world.vectors.count(project)]);
  return { graph, vectors, distinct: (graph + vectors + missing) / 2 };
};

/** Differences of which a scan of fingerprints sees all. Looks need not wait: a life is shorter than a grace period. */
const plant = async (stage: Stage, project: string, chunks: number): Promise<string[]> => {
  const documents = chunks / CHUNKS_PER_DOCUMENT;
  const each = 2 * Math.min(10, Math.floor(documents / 5));
  await stage.world.projects.changeSettings(project, { grace_seconds: 0 });
  const { missing } = await damage(stage, { project, documents, each, from: 0, isAltering: false });
  return missing;
};

const add = (sums: Kills, { scan, drifts, again }: Through, undisturbed: Through, held: Held): void => {
  sums.kills += again.length;
  sums.scans += 1;
  sums.again += again.reduce((sum, pages) => sum + pages, 0);
  sums.mostAgain = Math.max(sums.mostAgain, ...again);
  for (const count of ['distinct', 'graph', 'vectors'] as const)
    sums.miscounted += Math.abs(scan.sums[count] - held[count]);
  if (drifts.join() !== undisturbed.drifts.join()) sums.differing += 1;
};

// Every measurement in its order: what needs sound stores comes before what damages them.

import type { Bench } from './bench.ts';
import { ofIntensity } from './part-intensity.ts';
import { ofDamage, ofLanes } from './part-repairs.ts';
import { type Filled, fillOne, ofBusy, ofKills, ofScans, ofShards } from './part-scans.ts';
import { ofWrites } from './part-writes.ts';
import type { Row } from './report.ts';
import { costRows } from './report-costs.ts';

interface Part {
  /** Projects that it finds filled. */
  needs: Filled[];
  measure: (bench: Bench) => Promise<Row[]>;
}
const BOTH: Filled[] = ['large', 'small'];

const PARTS = {
  scans: { needs: BOTH, measure: ofScans },
  shards: { needs: BOTH, measure: ofShards },
  intensity: { needs: BOTH, measure: ofIntensity },
  costs: { needs: [], measure: async () => costRows() },
  damage: { needs: ['large'], measure: ofDamage },
  lanes: { needs: [], measure: ofLanes },
  busy: { needs: BOTH, measure: ofBusy },
  kills: { needs: ['small'], measure: ofKills },
  writes: { needs: [], measure: ofWrites },
} satisfies Record<string, Part>;
export type PartName = keyof typeof PARTS;
export const PART_NAMES = Object.keys(PARTS) as PartName[];

/** Hands over the rows of each part as soon as it is done, so that what was measured is kept if a later part fails. */
export const measureParts = async (
  names: PartName[],
  bench: Bench,
  keep: (rows: Row[]) => void,
): Promise<void> => {
  const parts = names.map((name): Part => PARTS[name]);
  for (const project of BOTH)
    if (parts.some(({ needs }) => needs.includes(project))) await fillOne(bench, project);
  for (const { measure } of parts) keep(await measure(bench));
};

// Every measurement in its order: what needs sound stores comes before what damages them.

import type { Bench } from './bench.ts';
import { measureWrites } from './measure-writes.ts';
import { ofIntensity } from './part-intensity.ts';
import { ofDamage, ofLanes } from './part-repairs.ts';
import { ofBusy, ofKills, ofScans, ofShards } from './part-scans.ts';
import type { Row } from './report.ts';
import { costRows } from './report-costs.ts';
import { writeRow } from './report-writes.ts';

/** Hands over the rows of each part as soon as it is done, so that what was measured is kept if a later part fails. */
export const measureAll = async (bench: Bench, keep: (rows: Row[]) => void): Promise<void> => {
  keep(await ofScans(bench));
  keep(await ofShards(bench));
  keep(await ofIntensity(bench));
  keep(costRows());
  if (bench.isOfScansOnly) return;
  keep(await ofDamage(bench));
  keep(await ofLanes(bench));
  keep(await ofBusy(bench));
  keep(await ofKills(bench));
  bench.log('writing documents with and without events');
  keep((await measureWrites(bench.stage, bench.projects.writes, bench.effort.documents)).map(writeRow));
};

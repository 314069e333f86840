// What the events of a write cost.

import type { Bench } from './bench.ts';
import { measureWrites } from './measure-writes.ts';
import type { Row } from './report.ts';
import { writeRow } from './report-writes.ts';

export const ofWrites = async ({ stage, projects, effort, log }: Bench): Promise<Row[]> => {
  log('writing documents with and without events');
  return (await measureWrites(stage, projects.writes, effort.documents)).map(writeRow);
};

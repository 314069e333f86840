// What scans cost others who read the same stores.

import type { Bench } from './bench.ts';
import { measureIntensity } from './measure-intensity.ts';
import type { Row } from './report.ts';
import { strainRow } from './report-intensity.ts';

/** As many as make a table, and as many as narrow its bounds. */
const roundsFor = (chunks: number) => (chunks < 1_000_000 ? 8 : 30);

export const ofIntensity = async ({ stage, chunks, projects, log }: Bench): Promise<Row[]> => {
  log('reading beside scans of each intensity');
  return (await measureIntensity(stage, projects.large, roundsFor(chunks))).map(strainRow);
};

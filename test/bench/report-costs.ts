import { readFileSync } from 'node:fs';
import { type Depth, dollarsOf, type Measured, scanOf } from '../../infra/costs.ts';
import { DEFAULT_PACE, FULL_PACE, type ScanPace } from '../../infra/scan-pace.ts';
import { atMost, chunksOf, type Row } from './report.ts';

const MILLION = 1_000_000;
const MOST_DOLLARS = 0.01;

/** The whole bill of a scan that finds nothing, from what `npm run bench:costs` has counted and timed. */
export const costRows = (): Row[] => {
  const file = new URL('../../infra/measured.json', import.meta.url);
  const measured: Measured = JSON.parse(readFileSync(file, 'utf8'));
  return (['fingerprints', 'content'] as const).flatMap((depth) =>
    [DEFAULT_PACE, FULL_PACE].map((pace) => costRow(measured, depth, pace)),
  );
};

const costRow = (measured: Measured, depth: Depth, pace: ScanPace): Row => {
  const dollars = dollarsOf(scanOf(measured, MILLION, depth, pace));
  return [
    `${chunksOf(MILLION)} scanned without drift, \`${depth}\` at ${pace.intensity_percent} % intensity, whole bill`,
    `$${dollars.toFixed(4)}`,
    atMost(MOST_DOLLARS, dollars, ' dollars'),
    `requests and seconds as measured on ${measured.measured_on} by \`npm run bench:costs\``,
  ];
};

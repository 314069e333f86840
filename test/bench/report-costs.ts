import { readFileSync } from 'node:fs';
import { type Depth, dollarsOf, type Measured, scanOf } from '../../infra/costs.ts';
import { atMost, chunksOf, type Row } from './report.ts';

const MILLION = 1_000_000;
const MOST_DOLLARS = 0.01;

/** The whole bill of a scan that finds nothing, from what `npm run bench:costs` has counted and timed. */
export const costRows = (): Row[] => {
  const file = new URL('../../infra/measured.json', import.meta.url);
  const measured: Measured = JSON.parse(readFileSync(file, 'utf8'));
  return (['fingerprints', 'content'] as const).map((depth) => costRow(measured, depth));
};

const costRow = (measured: Measured, depth: Depth): Row => {
  const dollars = dollarsOf(scanOf(measured, MILLION, depth));
  return [
    `${chunksOf(MILLION)} scanned without drift, \`${depth}\`, whole bill`,
    `$${dollars.toFixed(4)}`,
    atMost(MOST_DOLLARS, dollars, ' dollars'),
    `requests and seconds as measured on ${measured.measured_on} by \`npm run bench:costs\``,
  ];
};

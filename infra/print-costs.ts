// `npm run costs`: what this build costs, by what was measured of it.

import { readFileSync } from 'node:fs';
import { readConfiguration } from './configuration.ts';
import {
  billOf,
  type Corpus,
  dollarsOf,
  type Measured,
  monthOf,
  type Quantities,
  scanOf,
  sum,
  times,
  writesOf,
} from './costs.ts';
import { PRICED_ON, PRICES, REGION } from './prices.ts';
import { DEFAULT_PACE, FULL_PACE } from './scan-pace.ts';
import { worstDayOf } from './worst-day.ts';

const MILLION = 1e6;
const measured: Measured = JSON.parse(readFileSync(new URL('measured.json', import.meta.url), 'utf8'));

/** One chunk in ten changes in a month, and one in a hundred thousand drifts. */
const corpusOf = (chunks: number): Corpus => ({
  chunks,
  changed_documents: chunks / 10,
  drifts: chunks / 100_000,
  ...DEFAULT_PACE,
  retention_months: 12,
});

const money = (dollars: number) => `$${dollars.toFixed(dollars < 1 ? 5 : 2)}`;
// Whoever reads the first lines alone, as `head` does, closes it early.
process.stdout.on('error', () => process.exit());

const printTotal = (title: string, of: Quantities) =>
  process.stdout.write(`${title.padEnd(72)}${money(dollarsOf(of)).padStart(12)}\n`);
const print = (title: string, of: Quantities) => {
  printTotal(title, of);
  for (const { meter, quantity, dollars } of billOf(of)) {
    const [what, count] = [PRICES[meter].meter, quantity.toLocaleString('en', { maximumFractionDigits: 4 })];
    process.stdout.write(`    ${what.padEnd(36)}${count.padStart(18)}${money(dollars).padStart(14)}\n`);
  }
};

process.stdout.write(
  `Prices of ${REGION}, ${PRICED_ON}; measured ${measured.measured_on} on ${measured.machine}.\n` +
    'Without Neo4j, Qdrant, the embedding model, traffic, NAT and the archive. Below 100 % intensity workers are paid\n' +
    'for while they leave the stores alone: at most 100 / intensity times the seconds, and half of the interval.\n\n',
);
for (const depth of ['fingerprints', 'content', 'vectors'] as const)
  for (const pace of [DEFAULT_PACE, FULL_PACE])
    print(
      `A million chunks scanned, ${depth}, no drift, at ${pace.intensity_percent} % intensity`,
      scanOf(measured, MILLION, depth, pace),
    );
print(`A million chunks written, ${measured.chunks_per_document} a document`, writesOf(measured, MILLION));
print('A thousand written documents checked', times(measured.activities.check, 1000));
print('A thousand differences found', times(measured.activities.drift, 1000));
print('A thousand chunks repaired', times(measured.activities.repair, 1000));
for (const chunks of [100_000, MILLION, 10 * MILLION])
  print(
    `A month of ${chunks.toLocaleString('en')} chunks, fingerprints every 5 minutes`,
    monthOf(measured, corpusOf(chunks)),
  );

const LAMBDA_QUOTA = 1000;
const { requestUnits, reservedConcurrency } = readConfiguration(`${import.meta.dirname}/lockstep.json`);
const worst = worstDayOf(measured, { requestUnits, reservedConcurrency, accountConcurrency: LAMBDA_QUOTA });
const { api, ...unasked } = worst;
print('The most a day can cost as infra/lockstep.json stands', sum(...Object.values(worst)));
printTotal('  with nobody calling the API', sum(...Object.values(unasked)));
printTotal('  the tables, at their requestUnits', worst.tables);
printTotal('  what runs by itself, all at once', worst.workers);
printTotal(`  the API, at its rate, in ${LAMBDA_QUOTA} functions (fewer: reservedConcurrency)`, api);

// `npm run costs`: what this build costs, by what was measured of it.

import { readFileSync } from 'node:fs';
import {
  billOf,
  type Corpus,
  dollarsOf,
  type Measured,
  monthOf,
  type Quantities,
  scanOf,
  times,
  writesOf,
} from './costs.ts';
import { PRICED_ON, PRICES, REGION } from './prices.ts';

const MILLION = 1e6;
const measured: Measured = JSON.parse(readFileSync(new URL('measured.json', import.meta.url), 'utf8'));

/** One chunk in ten changes in a month, and one in a hundred thousand drifts. */
const corpusOf = (chunks: number): Corpus => ({
  chunks,
  changed_documents: chunks / 10,
  drifts: chunks / 100_000,
  check_interval_seconds: 300,
  retention_months: 12,
});

const money = (dollars: number) => `$${dollars.toFixed(dollars < 1 ? 5 : 2)}`;
const print = (title: string, of: Quantities) => {
  process.stdout.write(`${title.padEnd(72)}${money(dollarsOf(of)).padStart(12)}\n`);
  for (const { meter, quantity, dollars } of billOf(of)) {
    const [what, count] = [PRICES[meter].meter, quantity.toLocaleString('en', { maximumFractionDigits: 4 })];
    process.stdout.write(`    ${what.padEnd(36)}${count.padStart(18)}${money(dollars).padStart(14)}\n`);
  }
};

process.stdout.write(
  `Prices of ${REGION}, ${PRICED_ON}; measured ${measured.measured_on} on ${measured.machine}.\n` +
    'Without Neo4j, Qdrant, the embedding model, traffic, NAT and the archive.\n\n',
);
for (const depth of ['fingerprints', 'content', 'vectors'] as const)
  print(`A million chunks scanned, ${depth}, no drift`, scanOf(measured, MILLION, depth));
print(`A million chunks written, ${measured.chunks_per_document} a document`, writesOf(measured, MILLION));
print('A thousand differences found', times(measured.activities.drift, 1000));
print('A thousand chunks repaired', times(measured.activities.repair, 1000));
for (const chunks of [100_000, MILLION, 10 * MILLION])
  print(
    `A month of ${chunks.toLocaleString('en')} chunks, fingerprints every 5 minutes`,
    monthOf(measured, corpusOf(chunks)),
  );

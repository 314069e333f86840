// A budget: what each activity may ask of DynamoDB. Where a change has to raise it, raise it here, or measure anew with
// `npm run bench:costs`, and say why.

import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Measured } from '../../infra/costs.ts';
import { ACTIVITIES, measureUnits, type RequestUnits } from '../support/request-units.ts';

/** Dynalite counts no writes of indexes. */
const ON_DYNALITE: RequestUnits = {
  create: { read_units: 3, write_units: 9 },
  change: { read_units: 5, write_units: 10 },
  rewrite: { read_units: 4.5, write_units: 5 },
  remove: { read_units: 5, write_units: 9 },
  check: { read_units: 4.5, write_units: 0 },
  scan: { read_units: 27.4, write_units: 8 },
  // Of a large project also the shards of the scan before, for the order of these; below full intensity also all of its
  // own, twice, for whose turn it is.
  shard: { read_units: 14.2, write_units: 4.87 },
  page: { read_units: 1.4, write_units: 1.13 },
  walked_document: { read_units: 0.57, write_units: 0 },
  // One of them: when the write was recorded that the chunk is not as.
  drift: { read_units: 9.25, write_units: 2.3 },
  // One write of them keeps the pace of the normal lane.
  repair: { read_units: 18.8, write_units: 15.2 },
  tick: { read_units: 50, write_units: 0 },
  settle: { read_units: 4, write_units: 0 },
};
const FILE = new URL('../../infra/measured.json', import.meta.url);
const measured: Measured = JSON.parse(readFileSync(FILE, 'utf8'));
const { AWS_ENDPOINT_URL_DYNAMODB } = process.env;
const budgetOf = (activity: (typeof ACTIVITIES)[number]) => {
  const { read_units = 0, write_units = 0 } = AWS_ENDPOINT_URL_DYNAMODB
    ? measured.activities[activity]
    : ON_DYNALITE[activity];
  return { read_units, write_units };
};

/** A read here and there depends on which of two concurrent acts took its id first; writes do not. */
const mostReads = (units: number) => units + Math.max(0.25, units * 0.03);
const mostWrites = (units: number) => units + 0.1;

let units: RequestUnits;
beforeAll(async () => {
  units = await measureUnits();
}, 120_000);

describe('the request units', () => {
  test.each(ACTIVITIES)('of "%s" are within their budget', (activity) => {
    const budget = budgetOf(activity);

    expect(units[activity].read_units).toBeLessThanOrEqual(mostReads(budget.read_units));
    expect(units[activity].write_units).toBeLessThanOrEqual(mostWrites(budget.write_units));
  });
});

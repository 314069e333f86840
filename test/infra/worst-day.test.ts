import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { dollarsOf, type Measured } from '../../infra/costs.ts';
import { TOPOLOGY } from '../../infra/topology.ts';
import { CALLS_OF_A_TICK, type Ceilings, worstDayOf } from '../../infra/worst-day.ts';
import { configured, resourcesOf, templateOf } from './synthesized.ts';

const FILE = new URL('../../infra/measured.json', import.meta.url);
const measured: Measured = JSON.parse(readFileSync(FILE, 'utf8'));
const { requestUnits, reservedConcurrency } = configured();
const ceilings: Ceilings = { requestUnits, reservedConcurrency, accountConcurrency: 1000 };
const worst = (changes: Partial<Ceilings> = {}) => worstDayOf(measured, { ...ceilings, ...changes });
const template = templateOf();
const DAY = 86_400;
const stopped = Object.fromEntries(TOPOLOGY.map(({ name }) => [name, 0]));

describe('the worst day', () => {
  test('writes and reads as much as every table and every index may', () => {
    const tables = resourcesOf(template, 'AWS::DynamoDB::GlobalTable').map(([, one]) => one.Properties);
    const limits = tables.flatMap(({ WriteOnDemandThroughputSettings: write, Replicas, ...table }) => [
      write.MaxWriteRequestUnits,
      ...table.GlobalSecondaryIndexes.map(
        // biome-ignore lint/suspicious/noExplicitAny: a template is whatever CloudFormation takes.
        (index: any) => index.WriteOnDemandThroughputSettings.MaxWriteRequestUnits,
      ),
    ]);

    expect(worst().tables.write_units).toBe(limits.reduce((sum, one) => sum + one, 0) * DAY);
    expect(worst({ requestUnits: { read: 1, write: 2 } }).tables).toEqual({
      write_units: 7 * 2 * DAY,
      read_units: 7 * DAY,
    });
  });

  test('runs so many workers as what starts them lets run at once', () => {
    const one = (name: string) => {
      const { [name]: _, ...others } = stopped;
      return worst({ reservedConcurrency: others }).workers;
    };
    const calls = resourcesOf(template, 'AWS::Lambda::EventInvokeConfig').map(
      ([, { Properties }]) => Properties.MaximumRetryAttempts + 1,
    );

    expect(one('scan-shard').lambda_gb_seconds).toBe(32 * 1 * DAY);
    expect(one('repair-drift').lambda_gb_seconds).toBe(2 * 1 * DAY);
    expect(one('plan-scan').lambda_gb_seconds).toBe(6 * 0.5 * DAY);
    expect(one('plan-scan').lambda_requests).toBe(3 * 1440);
    expect(new Set(calls)).toEqual(new Set([CALLS_OF_A_TICK]));
  });

  test('takes as many requests as the API lets through, and no more at once than the account runs', () => {
    const [[, stage] = []] = resourcesOf(template, 'AWS::ApiGatewayV2::Stage');
    const { api } = worst();
    const cautious = worst({
      reservedConcurrency: { 'write-document': 10, query: 5, operate: 5 },
    }).api;

    expect(api.api_requests).toBe(stage?.Properties.DefaultRouteSettings.ThrottlingRateLimit * DAY);
    expect(api.lambda_gb_seconds).toBe(1000 * DAY);
    expect(cautious.lambda_gb_seconds).toBe(20 * DAY);
    expect(worst({ accountConcurrency: 10_000 }).api.lambda_gb_seconds).toBe(200 * 29 * DAY);
  });

  test('costs no function anything where all are stopped', () => {
    const { workers, api } = worst({ reservedConcurrency: stopped });

    expect(dollarsOf(workers)).toBe(0);
    expect(api.lambda_gb_seconds).toBe(0);
  });

  test('of this build stays below what infra/README.md states', () => {
    const { tables, workers, api, standing } = worst();

    expect(dollarsOf(tables) + dollarsOf(workers) + dollarsOf(standing)).toBeLessThan(1_000);
    expect(dollarsOf(api)).toBeLessThan(1_200);
  });
});

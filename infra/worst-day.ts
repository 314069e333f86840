// The most that a day can cost, by what limits each meter, where all of it runs at its limit from morning to evening.
// Not in it, as in `costs.ts`: the stores, the model, traffic. DynamoDB holds its ceilings nearly, not to the unit.

import { type Measured, type Quantities, STANDING, sum, times } from './costs.ts';
import { THROTTLE } from './routes.ts';
import { TABLES } from './tables.ts';
import { type FunctionRow, rowsOf, TOPOLOGY } from './topology.ts';

export interface Ceilings {
  /** A second, of each table and each index. */
  requestUnits: { read: number; write: number };
  reservedConcurrency: Partial<Record<string, number>>;
  /** Lambda's quota for all functions of the account: 1000, unless AWS was asked for another. */
  accountConcurrency: number;
}

export interface WorstDay {
  tables: Quantities;
  workers: Quantities;
  api: Quantities;
  standing: Quantities;
}

const DAY_SECONDS = 86_400;
const DAYS_OF_A_MONTH = 30.4;
/** A call that fails is made twice more. */
export const CALLS_OF_A_TICK = 3;
/** A new table on demand has four partitions, each with its shard of the stream. */
const STREAM_SHARDS = 4;
/** A worker asks State, a store and the log: none of its calls is shorter. */
const SHORTEST_CALL_SECONDS = 0.05;

export const worstDayOf = (measured: Measured, ceilings: Ceilings): WorstDay => ({
  tables: tablesAt(ceilings),
  workers: sum(...WORKERS.map((row) => workerAt(measured, row, ceilings))),
  api: apiAt(measured, ceilings),
  standing: times(STANDING, 1 / DAYS_OF_A_MONTH),
});

const tablesAt = ({ requestUnits: { read, write } }: Ceilings): Quantities => {
  const each = TABLES.length + TABLES.reduce((count, { indexes }) => count + indexes.length, 0);
  return times({ write_units: write, read_units: read }, each * DAY_SECONDS);
};

const API = rowsOf(TOPOLOGY, 'http');
const WORKERS = TOPOLOGY.filter(({ trigger }) => trigger.kind !== 'http');

const workerAt = ({ activities }: Measured, row: FunctionRow, ceilings: Ceilings): Quantities => {
  const running = Math.min(atOnce(row), mostOf(row, ceilings));
  const call = row.trigger.kind === 'queue' ? activities.shard : activities.tick;
  return sum(gbSeconds(row, running), times(beside(call), callsOf(row, running)));
};

/** What a call costs beside the time and the units, which have ceilings of their own. */
const beside = (call: Quantities): Quantities => ({
  ...call,
  lambda_gb_seconds: 0,
  read_units: 0,
  write_units: 0,
});

/** How many of a function can run at the same time, by what starts it. */
const atOnce = ({ trigger, timeoutSeconds }: FunctionRow): number => {
  switch (trigger.kind) {
    case 'queue':
      return trigger.maxConcurrency;
    case 'schedule':
      return Math.ceil((CALLS_OF_A_TICK * timeoutSeconds) / trigger.everySeconds);
    case 'stream':
      return STREAM_SHARDS * trigger.parallelization;
    case 'http':
      return THROTTLE.rateLimit * timeoutSeconds;
    default:
      return trigger satisfies never;
  }
};

const mostOf = ({ name }: FunctionRow, { reservedConcurrency, accountConcurrency }: Ceilings): number =>
  reservedConcurrency[name] ?? accountConcurrency;

const gbSeconds = ({ memoryMb }: FunctionRow, running: number): Quantities => ({
  lambda_gb_seconds: running * (memoryMb / 1024) * DAY_SECONDS,
});

const callsOf = ({ trigger }: FunctionRow, running: number): number => {
  const most = (running * DAY_SECONDS) / SHORTEST_CALL_SECONDS;
  if (trigger.kind === 'schedule')
    return Math.min(most, (CALLS_OF_A_TICK * DAY_SECONDS) / trigger.everySeconds);
  return most;
};

/** Functions of the API share the rate of requests, and what the account has left. */
const apiAt = ({ activities }: Measured, ceilings: Ceilings): Quantities => {
  const reserved = API.reduce((all, row) => all + mostOf(row, ceilings), 0);
  const largest = API.reduce((a, b) => (a.memoryMb > b.memoryMb ? a : b));
  const running = Math.min(reserved, atOnce(largest), ceilings.accountConcurrency);
  const calls = THROTTLE.rateLimit * DAY_SECONDS;
  return sum(gbSeconds(largest, running), times(beside(activities.create), calls));
};

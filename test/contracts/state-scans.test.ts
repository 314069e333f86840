import { signedCursors } from '../../shared/adapters/cursors.ts';
import { dynamoBreakers } from '../../shared/adapters/dynamodb-breakers.ts';
import type { TableHandle } from '../../shared/adapters/dynamodb-client.ts';
import { dynamoDrifts } from '../../shared/adapters/dynamodb-drifts.ts';
import { dynamoLimits } from '../../shared/adapters/dynamodb-limits.ts';
import { dynamoRepairs } from '../../shared/adapters/dynamodb-repairs.ts';
import { dynamoScans } from '../../shared/adapters/dynamodb-scans.ts';
import { testClock } from '../support/clock.ts';
import { breakersContract } from './breakers.ts';
import { START } from './documents-builders.ts';
import { driftsContract } from './drifts.ts';
import { through } from './interfering.ts';
import { limitsContract } from './limits.ts';
import { repairsContract } from './repairs.ts';
import { scansContract } from './scans.ts';
import { freshTables } from './tables.ts';

const name = process.env.AWS_ENDPOINT_URL_DYNAMODB ? 'DynamoDB' : 'dynalite';
const optionsOn = (table: TableHandle, clock = testClock(Date.parse(START))) => ({
  ...table,
  clock,
  cursors: signedCursors('secret of the tests'),
});

scansContract(name, async () => {
  const { state, stop } = await freshTables();
  const clock = testClock(Date.parse(START));
  return { scans: dynamoScans(optionsOn(state, clock)), advance: clock.advance, stop };
});

driftsContract(name, async () => {
  const { state, stop } = await freshTables();
  const clock = testClock(Date.parse(START));
  return { drifts: dynamoDrifts(optionsOn(state, clock)), advance: clock.advance, stop };
});

repairsContract(name, async () => {
  const { state, stop } = await freshTables();
  const clock = testClock(Date.parse(START));
  return { repairs: dynamoRepairs(optionsOn(state, clock)), advance: clock.advance, stop };
});

limitsContract(name, async () => {
  const { state, stop } = await freshTables();
  const clock = testClock(Date.parse(START));
  return { limits: dynamoLimits(optionsOn(state, clock)), advance: clock.advance, stop };
});

breakersContract(name, async () => {
  const { state, stop } = await freshTables();
  const time = { now: Date.parse(START) };
  const clients: TableHandle['client'][] = [];
  return {
    time,
    caller(skewMs = () => 0, pass) {
      const clock = { ...testClock(), now: () => time.now + skewMs() };
      const table = pass ? through(state, (_command, send) => pass(send)) : state;
      if (pass) clients.push(table.client);
      return dynamoBreakers({ ...table, clock });
    },
    async stop() {
      for (const client of clients) client.destroy();
      await stop();
    },
  };
});

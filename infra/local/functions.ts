// The functions of the topology by their names, over one set of dependencies.

import { archiveEvents } from '../../functions/archive-events.ts';
import { checkWrites } from '../../functions/check-writes.ts';
import type { Dependencies } from '../../functions/dependencies.ts';
import { functionFor } from '../../functions/handler.ts';
import { operate } from '../../functions/operate.ts';
import { planScan } from '../../functions/plan-scan.ts';
import { query } from '../../functions/query.ts';
import { repairDrift } from '../../functions/repair-drift.ts';
import type { HttpFunction } from '../../functions/routing.ts';
import { scanShard } from '../../functions/scan-shard.ts';
import { settleWrites } from '../../functions/settle-writes.ts';
import { writeDocument } from '../../functions/write-document.ts';
import type { Handle } from './api.ts';
import type { Worker } from './bus.ts';
import type { StreamHandler } from './stream.ts';

export interface LocalFunctions {
  handle: Handle;
  workers: Record<string, Worker>;
  scheduled: Record<string, () => Promise<unknown>>;
  streamed: Record<string, StreamHandler>;
}

export const localFunctions = (deps: Dependencies): LocalFunctions => {
  const http: Record<HttpFunction, Handle> = {
    'write-document': writeDocument(deps),
    query: query(deps),
    operate: operate(deps),
  };
  const [plan, settle] = [planScan(deps), settleWrites(deps)];
  return {
    handle: (event) => http[functionFor(event, 'encoded')](event),
    workers: { 'scan-shard': scanShard(deps), 'repair-drift': repairDrift(deps) },
    scheduled: { 'plan-scan': () => plan({}), 'settle-writes': () => settle({}) },
    streamed: { 'archive-events': archiveEvents(deps), 'check-writes': checkWrites(deps) },
  };
};

/** The function of that name, which the topology has told of. */
export const named = <One>(functions: Record<string, One>, name: string): One => {
  const one = functions[name];
  if (one === undefined) throw new Error(`the topology names a function that is not there: ${name}`);
  return one;
};

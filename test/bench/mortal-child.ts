// A worker that walks one shard, and may be killed at any moment. Says what it asks the graph for, before it asks.

import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { systemClock } from '../../shared/adapters/clock.ts';
import { driveScans } from '../../shared/operations/drive-scans.ts';
import { scanShard } from '../../shared/operations/scan-shard.ts';
import { guarded } from '../support/mortal.ts';
import { stageOn } from './stage.ts';

const [project = '', scan_id = '', events = '', state = '', aheadMs = '', rows = ''] = process.argv.slice(2);
const clock = { ...systemClock, now: () => Date.now() + Number(aheadMs) };
const stage = stageOn({ events, state }, { clock });

/** What was written is in the pipe, even of a process that is dead the moment after. */
const say = (line: string) => writeSync(1, `${line}\n`);
const graph = guarded(stage.world.graph, (act, method, [, , after]) => {
  if (method === 'fingerprints') say(`after ${after ?? ''}`);
  return act();
});

await stage.world.projects.get(project);
say('begun');
const request = { project, scan_id, shard: 0, owner: randomUUID(), remainingMs: () => 600_000 };
const outcome = await scanShard({ ...stage.world, graph }, { ...request, pageRows: Number(rows) });
// Another has walked it to its end, and died before he could close the scan.
if (outcome === 'busy') await driveScans(stage.world, project);
await stage.close();

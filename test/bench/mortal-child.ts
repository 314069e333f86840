// A worker that walks one shard, and may be killed at any moment. Says when a page may begin, and before it saves one.

import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { systemClock } from '../../shared/adapters/clock.ts';
import type { ShardProgress } from '../../shared/domain/scan.ts';
import { driveScans } from '../../shared/operations/drive-scans.ts';
import { scanShard } from '../../shared/operations/scan-shard.ts';
import { guarded } from '../support/mortal.ts';
import { stageOn } from './stage.ts';

const [project = '', scan_id = '', shard = '', events = '', state = '', aheadMs = '', rows = ''] =
  process.argv.slice(2);
const clock = { ...systemClock, now: () => Date.now() + Number(aheadMs) };
const stage = stageOn({ events, state }, { clock });

/** What was written is in the pipe, even of a process that is dead the moment after. */
const say = (line: string) => writeSync(1, `${line}\n`);
const scans = guarded(stage.world.scans, async (act, method, [, progress]) => {
  if (method === 'checkpoint') say(`saves ${(progress as ShardProgress).cursor ?? ''}`);
  const answer = await act();
  // Before each page it is asked whether the scan is still running.
  if (method === 'get') say('begins a page');
  return answer;
});

await stage.world.projects.get(project);
say('begun');
const request = { project, scan_id, shard: Number(shard), owner: randomUUID(), remainingMs: () => 600_000 };
const outcome = await scanShard({ ...stage.world, scans }, { ...request, pageRows: Number(rows) });
// Another has walked it to its end, and died before he could close the scan.
if (outcome === 'busy') await driveScans(stage.world, project);
await stage.close();

// One scan in a process of its own: prints what it weighed before and at its peak.

import { readFileSync } from 'node:fs';
import type { Depth } from '../../shared/domain/scan.ts';
import { scanOnce } from './drive.ts';
import { stageOn } from './stage.ts';
import { secondsOf } from './timing.ts';

const [project = '', depth = '', events = '', state = ''] = process.argv.slice(2);
const stage = stageOn({ events, state });
/** Linux has a new process inherit the peak of the one that began it, but for what it says in this file. */
const peakKilobytes = (): number => {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS;
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
};
const megabytes = () => peakKilobytes() / 1024;

await stage.world.projects.get(project);
const idleMegabytes = megabytes();
const seconds = await secondsOf(() => scanOnce(stage, project, depth as Depth, { scanners: 1 }));
const peakMegabytes = megabytes();
process.stdout.write(JSON.stringify({ idleMegabytes, peakMegabytes, seconds }));
await stage.close();

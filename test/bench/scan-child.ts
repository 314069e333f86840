// One fingerprint scan in a process of its own: prints what it weighed before and at its peak.

import { scanOnce } from './drive.ts';
import { stageOn } from './stage.ts';
import { secondsOf } from './timing.ts';

const [project = '', events = '', state = ''] = process.argv.slice(2);
const stage = stageOn({ events, state });
const megabytes = (kilobytes: number) => kilobytes / 1024;

await stage.world.projects.get(project);
const idleMegabytes = megabytes(process.resourceUsage().maxRSS);
const seconds = await secondsOf(() => scanOnce(stage, project, 'fingerprints', { scanners: 1 }));
const peakMegabytes = megabytes(process.resourceUsage().maxRSS);
process.stdout.write(JSON.stringify({ idleMegabytes, peakMegabytes, seconds }));
await stage.close();

import type { Effort } from './effort.ts';
import type { BusyScans } from './measure-busy.ts';
import type { Kills } from './measure-kills.ts';
import { atLeast, atMost, type Row, seconds, target, whole } from './report.ts';

export const busyRows = (busy: BusyScans, wanted: Pick<Effort, 'compared' | 'looks'>): Row[] => {
  const { scans, compared, writtenChunks, looks, untold, reported } = busy;
  const perSecond = writtenChunks / busy.seconds;
  return [
    [
      'False drifts while documents are written',
      `${reported}`,
      target('0', reported === 0),
      `${scans.fingerprints} \`fingerprints\` and ${scans.content} \`content\` scans, one after another, in ${seconds(busy.seconds)}`,
    ],
    [
      '… of so many compared chunks',
      whole(compared),
      atLeast(wanted.compared, compared),
      'ten for each chunk of the largest project',
    ],
    [
      '… chunks written a second meanwhile',
      whole(perSecond),
      atLeast(500, perSecond),
      `${whole(writtenChunks)} in all; no time spent on embedding`,
    ],
    [
      '… looks at chunks that were written while their page was read',
      whole(looks),
      atLeast(wanted.looks, looks),
      `${untold} of them were left to the next scan, since each look met another write`,
    ],
  ];
};

export const killRows = (killed: Kills): Row[] => {
  const { kills, scans, pageRows, mostAgain, again, miscounted, planted, differing } = killed;
  return [
    [
      `Worker killed ${kills} times at a random moment: pages compared again, at most`,
      `${mostAgain} a kill`,
      atMost(1, mostAgain),
      `${again} in all; what had been read ahead is read again as well; pages of ${whole(pageRows)}`,
    ],
    [
      '… ids left out or counted twice',
      `${miscounted}`,
      target('0', miscounted === 0),
      `in ${scans} scans, on either side and in all`,
    ],
    [
      '… scans that found other drifts than an undisturbed one',
      `${differing} of ${scans}`,
      target('0', differing === 0),
      `${planted} chunks were missing on one side`,
    ],
  ];
};

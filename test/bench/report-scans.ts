import type { DepthTimes, ScannedDepth, ScanTimes } from './measure-scan.ts';
import type { OneAndAll, ShardTimes } from './measure-shards.ts';
import { atLeast, atMost, chunksOf, NO_TARGET, type Row, rate, seconds, target, whole } from './report.ts';
import type { Spent } from './turns.ts';
import type { Weighed } from './weigh-scan.ts';

export const scanRows = (chunks: number, { fingerprints, content }: ScanTimes): Row[] => [
  ...depthRows(chunks, 'fingerprints', fingerprints),
  ...depthRows(chunks, 'content', content),
];

const WORDS: Record<ScannedDepth, { columns: string; does: string; share: number }> = {
  fingerprints: {
    columns: 'ids, hashes and versions',
    does: 'leases, checkpoints, events, 1 % of texts hashed',
    share: 0.8,
  },
  content: {
    columns: 'texts and all',
    does: 'texts hashed, manifests compared, 1 % of vectors',
    share: 0.65,
  },
};
const CPU_SHARE = 1.25;

const depthRows = (chunks: number, depth: ScannedDepth, times: DepthTimes): Row[] => {
  const { graph, vectors, both, ownGraph, ownVectors, scan, unsampled, pages } = times;
  const { columns, does, share } = WORDS[depth];
  const row = (what: string, spent: Spent, remark: string): Row => [
    what,
    rate(chunks, spent.seconds),
    NO_TARGET,
    [seconds(spent.seconds), ...cpuRemark(chunks, spent), remark].join('; '),
  ];
  const bare = (as: string, own: Spent) => `${as}; through Lockstep’s adapter ${rate(chunks, own.seconds)}`;
  const slower = Math.max(graph.seconds, vectors.seconds);
  const reached = slower / scan.seconds;
  return [
    row(`Bare stream of ${columns}: graph alone`, graph, bare(pages.graph, ownGraph)),
    row('… vectors alone', vectors, bare(pages.vectors, ownVectors)),
    row('… both at once', both, 'nothing compared'),
    row(`**Scan, \`${depth}\`**`, scan, does),
    [
      '… of the slower side’s bare stream',
      reached.toFixed(2),
      atLeast(share, reached),
      `${seconds(slower)} of ${seconds(scan.seconds)}`,
    ],
    ...cpuRow(graph, vectors, scan),
    row('… with no sample', unsampled, unsampledRemark(times)),
  ];
};

const unsampledRemark = ({ graph, vectors, unsampled }: DepthTimes): string => {
  const share = Math.max(graph.seconds, vectors.seconds) / unsampled.seconds;
  const cpu = cpuBeside(graph, vectors, unsampled);
  return `${share.toFixed(2)} of the slower stream${cpu ? `, CPU ${cpu.ratio.toFixed(2)} × both` : ''}`;
};

const cpuBeside = (graph: Spent, vectors: Spent, scan: Spent) => {
  if (!graph.cpuSeconds || !vectors.cpuSeconds || !scan.cpuSeconds) return undefined;
  const ratio = scan.cpuSeconds / (graph.cpuSeconds + vectors.cpuSeconds);
  const [ours, ...bare] = [scan, graph, vectors].map(({ cpuSeconds = 0 }) => seconds(cpuSeconds));
  return { ratio, remark: `${ours} to ${bare.join(' and ')}, all processes together` };
};

const cpuRemark = (chunks: number, { cpuSeconds }: Spent): string[] =>
  cpuSeconds === undefined ? [] : [`CPU ${microseconds(cpuSeconds / chunks)} a chunk`];

const microseconds = (value: number) => `${(value * 1e6).toFixed(1)} µs`;

const cpuRow = (graph: Spent, vectors: Spent, scan: Spent): Row[] => {
  const cpu = cpuBeside(graph, vectors, scan);
  if (!cpu) return [];
  const { ratio, remark } = cpu;
  return [['… CPU, to the sum of both bare streams’', ratio.toFixed(2), atMost(CPU_SHARE, ratio), remark]];
};

const MEGABYTE = 1e6;

export const countsRows = ({ counts }: ScanTimes, bytes: number | undefined): Row[] => [
  ['Scan, `counts`', seconds(counts.seconds), atMost(2, counts.seconds, ' s'), 'of equal sides'],
  ...(bytes === undefined
    ? []
    : [
        [
          '… moved between Lockstep and both stores',
          `${(bytes / 1000).toFixed(1)} kB`,
          atMost(1, bytes / MEGABYTE, ' MB'),
          'of it what opening the connections takes',
        ] satisfies Row,
      ]),
];

export const memoryRows = (large: Weighed, small: Weighed): Row[] => {
  const growth = large.peakMegabytes / small.peakMegabytes;
  const row = ({ depth, chunks, peakMegabytes, idleMegabytes }: Weighed): Row => [
    `Peak memory of a \`${depth}\` scan, ${chunksOf(chunks)}`,
    `${Math.round(peakMegabytes)} MB`,
    target('< 512 MB', peakMegabytes < 512),
    `of it ${Math.round(idleMegabytes)} MB before the scan`,
  ];
  const what = `… at ${chunksOf(large.chunks)} to that at ${whole(small.chunks)}`;
  return [row(large), row(small), [what, growth.toFixed(2), atMost(1.2, growth), 'of the whole process']];
};

export const shardRows = ({ shards, waitMs, bare, waiting }: ShardTimes): Row[] => {
  const row = (what: string, { one, all, pageRows }: OneAndAll, least: number): Row => [
    what,
    `${(one / all).toFixed(2)} ×`,
    atLeast(least, one / all, ' ×'),
    `${seconds(one)} by one worker, ${seconds(all)} by ${shards}; pages of ${whole(pageRows)}`,
  ];
  const slow = `… of a tenth as many chunks, where each page of a store takes ${waitMs} ms more`;
  return [
    row(`\`fingerprints\` scan in ${shards} shards, as fast as in one`, bare, 1),
    ...(waiting ? [row(slow, waiting, 3.5)] : []),
  ];
};

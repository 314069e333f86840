import type { BulkRepaired, PacedRepairs } from './measure-lanes.ts';
import type { Recorded } from './measure-operations.ts';
import type { PaceKept } from './measure-pace.ts';
import type { Detection, Mended } from './measure-repair.ts';
import { atLeast, NO_TARGET, percent, type Row, rate, seconds, target, whole } from './report.ts';

export const detectionRows = (chunks: number, { planted, seed, scans }: Detection): Row[] => {
  const count = (ids: string[], by: Set<string>) => ids.filter((id) => by.has(id)).length;
  const figure = (by: Set<string>) => {
    const [missing, altered] = [count(planted.missing, by), count(planted.altered, by)];
    return `${missing + altered} of ${planted.missing.length + planted.altered.length} (${missing} missing, ${altered} altered)`;
  };
  const perChunk = seed.sampleSeconds / seed.sampled;
  const sampled = `${whole(seed.sampled)} chunks one by one in ${seconds(seed.sampleSeconds)}`;
  const seeds = seed.idSeconds + seed.sampleSeconds;
  const isWhole = (ids: string[], by: Set<string>) => count(ids, by) === ids.length;
  const { fingerprints, content } = scans;
  const isAll = isWhole([...planted.missing, ...planted.altered], content.found);
  const grace = (took: number) => `${seconds(took)}, of it 5 s of grace`;
  return [
    [
      'The seed’s way: differences found',
      figure(seed.found),
      NO_TARGET,
      `${seconds(seeds)}: all ids in memory in ${seconds(seed.idSeconds)}, ${sampled}`,
    ],
    [
      'The seed’s way over all chunks, not only 1 %',
      rate(1, perChunk),
      NO_TARGET,
      `would take ${seconds(perChunk * chunks + seed.idSeconds)}`,
    ],
    [
      'Lockstep’s `fingerprints` scan, with 1 % of the texts as well: differences found',
      figure(fingerprints.found),
      `${target('all missing', isWhole(planted.missing, fingerprints.found))}; ${target('faster', fingerprints.seconds < seeds)}`,
      grace(fingerprints.seconds),
    ],
    [
      'Lockstep’s `content` scan: differences found',
      figure(content.found),
      `${target('all', isAll)}; ${target('faster', content.seconds < seeds)}`,
      `${grace(content.seconds)}; the scan by fingerprints was before it`,
    ],
  ];
};

export const mendingRow = (how: string, { damaged, repaired, seconds: took }: Mended): Row => [
  `From damage to proven repair, ${how}`,
  seconds(took),
  NO_TARGET,
  `${repaired} of ${damaged} chunks repaired; grace 5 s, scan started at once`,
];

export const repairedRow = (mended: Mended[]): Row => {
  const damaged = mended.reduce((sum, one) => sum + one.damaged, 0);
  const repaired = mended.reduce((sum, one) => sum + one.repaired, 0);
  const remark = `${repaired} of ${damaged} damaged chunks`;
  return ['Repaired of repairable', percent(repaired, damaged), NO_TARGET, remark];
};

export const bulkRow = ({ chunks, repaired, seconds: took, embeddingSeconds, events }: BulkRepaired): Row => {
  const perMinute = (time: number) => (60 * repaired) / time;
  const withoutEmbedding = perMinute(took - embeddingSeconds);
  const perHundred = (100 * events) / chunks;
  return [
    `Approved restore of ${whole(chunks)} lost points, bulk lane`,
    `${whole(withoutEmbedding)} chunks/min`,
    `${atLeast(100_000, withoutEmbedding)}; ${target('an event for each 100 or fewer', perHundred >= 1)}`,
    `${whole(perMinute(took))} with ${seconds(embeddingSeconds)} of embedding; of it 5 s of grace; ${perHundred.toFixed(1)} events for each 100 chunks`,
  ];
};

export const normalRow = ({ configured, repaired, limited }: PacedRepairs): Row => [
  'Normal lane: repairs in a minute',
  `${repaired} of ${configured} configured`,
  target('as configured', repaired === configured),
  `${repaired + limited} asked for at once, ${limited} held back`,
];

export const paceRow = ({ configured, baselineMs, addedMs, well, slow, again }: PaceKept): Row => [
  'Normal lane: allowed a minute while Qdrant is well, slow, and well again',
  [well, slow, again].map(({ perMinute }) => whole(perMinute)).join(', '),
  [
    target('backs off', slow.perMinute <= configured / 2),
    target('speeds up again', again.perMinute === configured),
  ].join('; '),
  `${Math.round(addedMs)} ms more an answer, beside a p95 of ${Math.round(baselineMs)} ms: noticed within ${seconds(slow.seconds)}, over after ${seconds(again.seconds)}`,
];

export const recordedRow = (parts: Recorded[], remark: string): Row => {
  const operations = parts.reduce((sum, part) => sum + part.operations, 0);
  const recorded = parts.reduce((sum, part) => sum + part.recorded, 0);
  return [
    'Operations with a start and an end event',
    percent(recorded, operations),
    NO_TARGET,
    `${recorded} of ${operations}: ${remark}`,
  ];
};

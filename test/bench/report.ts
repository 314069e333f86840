// The figures as one Markdown table.

import { availableParallelism, cpus, loadavg } from 'node:os';
import type { BulkRepaired, PacedRepairs } from './measure-lanes.ts';
import type { Recorded } from './measure-operations.ts';
import type { Detection, Mended } from './measure-repair.ts';
import type { ScanTimes, Weighed } from './measure-scan.ts';
import { CHUNKS_OF_A_WRITE, type WriteCost } from './measure-writes.ts';

export type Row = [what: string, figure: string, remark: string];

export const rate = (count: number, seconds: number) =>
  `${Math.round(count / seconds).toLocaleString('en')} chunks/s`;
export const seconds = (value: number) => `${value.toFixed(value < 10 ? 2 : 1)} s`;
export const percent = (part: number, whole: number) => `${((100 * part) / whole).toFixed(2)} %`;

export const scanRows = (chunks: number, times: ScanTimes): Row[] => {
  const row = (what: string, time: number, remark: string): Row => [
    what,
    rate(chunks, time),
    `${seconds(time)}; ${remark}`,
  ];
  return [
    row('Plain stream of ids, hashes and versions: graph alone', times.graph, 'pages of 10,000'),
    row('… vectors alone', times.vectors, 'pages of 10,000'),
    row('… both at once', times.both, 'nothing compared'),
    row('**Scan, `fingerprints`**', times.fingerprints, 'leases, checkpoints, events, 1 % of texts hashed'),
    ratio('… of the slower side’s own stream', times.fingerprints, times.graph, times.vectors),
    row('Plain stream of texts and all: graph alone', times.graphTexts, 'pages of 2,500'),
    row('… vectors alone', times.vectorsTexts, 'pages of 2,500'),
    row('**Scan, `content`**', times.content, 'texts hashed, manifests compared, 1 % of vectors'),
    ratio('… of the slower side’s own stream', times.content, times.graphTexts, times.vectorsTexts),
    ['Scan, `counts`', seconds(times.counts), 'of equal sides'],
  ];
};

const ratio = (what: string, scan: number, ...streams: number[]): Row => {
  const slower = Math.max(...streams);
  return [what, (slower / scan).toFixed(2), `${seconds(slower)} of ${seconds(scan)}`];
};

export const memoryRow = (chunks: number, { idleMegabytes, peakMegabytes }: Weighed): Row => [
  `Peak memory of a \`fingerprints\` scan, ${chunks.toLocaleString('en')} chunks`,
  `${Math.round(peakMegabytes)} MB`,
  `of it ${Math.round(idleMegabytes)} MB before the scan`,
];

export const detectionRows = (chunks: number, { planted, seed, found, seconds: took }: Detection): Row[] => {
  const count = (ids: string[], by: Set<string>) => ids.filter((id) => by.has(id)).length;
  const figure = (by: Set<string>) => {
    const [missing, altered] = [count(planted.missing, by), count(planted.altered, by)];
    return `${missing + altered} of ${planted.missing.length + planted.altered.length} (${missing} missing, ${altered} altered)`;
  };
  const perChunk = seed.sampleSeconds / seed.sampled;
  const sampled = `${seed.sampled.toLocaleString('en')} chunks one by one in ${seconds(seed.sampleSeconds)}`;
  return [
    [
      'The seed’s way: differences found',
      figure(seed.found),
      `${seconds(seed.idSeconds + seed.sampleSeconds)}: all ids in memory in ${seconds(seed.idSeconds)}, ${sampled}`,
    ],
    [
      'The seed’s way over all chunks, not only 1 %',
      rate(1, perChunk),
      `would take ${seconds(perChunk * chunks + seed.idSeconds)}`,
    ],
    ['Lockstep’s `content` scan: differences found', figure(found), `${seconds(took)}, of it 5 s of grace`],
  ];
};

export const mendingRow = (how: string, { damaged, repaired, seconds: took }: Mended): Row => [
  `From damage to proven repair, ${how}`,
  seconds(took),
  `${repaired} of ${damaged} chunks repaired; grace 5 s, scan started at once`,
];

export const bulkRow = ({ chunks, repaired, seconds: took, embeddingSeconds, events }: BulkRepaired): Row => {
  const perMinute = (time: number) => Math.round((60 * repaired) / time).toLocaleString('en');
  return [
    `Approved restore of ${chunks.toLocaleString('en')} lost points, bulk lane`,
    `${perMinute(took - embeddingSeconds)} chunks/min`,
    `${perMinute(took)} with ${seconds(embeddingSeconds)} of embedding; of it 5 s of grace; ${((100 * events) / chunks).toFixed(1)} events for each 100 chunks`,
  ];
};

export const normalRow = ({ configured, repaired, limited }: PacedRepairs): Row => [
  'Normal lane: repairs in a minute',
  `${repaired} of ${configured} configured`,
  `${repaired + limited} asked for at once, ${limited} held back`,
];

export const recordedRow = (parts: Recorded[], remark: string): Row => {
  const operations = parts.reduce((sum, part) => sum + part.operations, 0);
  const recorded = parts.reduce((sum, part) => sum + part.recorded, 0);
  return [
    'Operations with a start and an end event',
    percent(recorded, operations),
    `${recorded} of ${operations}: ${remark}`,
  ];
};

export const writeRow = (cost: WriteCost): Row => {
  const { writers, isEmbeddingSlow, documents, withEvents, without, overheadPercent } = cost;
  const chunks = (withEvents * CHUNKS_OF_A_WRITE).toFixed(0);
  return [
    `Events on a write: ${writers} writer${writers > 1 ? 's' : ''}, embedding ${isEmbeddingSlow ? '100 ms a call' : 'by hashing'}`,
    `${overheadPercent >= 0 ? '+' : ''}${overheadPercent.toFixed(1)} % time`,
    `${withEvents.toFixed(1)} documents/s (${chunks} chunks/s) with, ${without.toFixed(1)} without; ${documents} documents each`,
  ];
};

/** What else ran on the machine makes figures worse: it must stand beside them. */
const LOAD_BEFORE = loadavg()[0] ?? 0;
const loadRemark = () =>
  `Load average before it began: ${LOAD_BEFORE.toFixed(1)} (more than 1 means that other programs slowed this down).`;

export const documentOf = (command: string, rows: Row[], total: number): string => `# Measurements

\`${command}\`, ${new Date().toISOString().slice(0, 10)}, ${availableParallelism()} cores (${cpus()[0]?.model ?? 'unknown'}), Node ${process.version}, ${seconds(total)} in all.
Neo4j, the Qdrant engine (behind a bridge) and DynamoDB Local shared these cores with Lockstep. Medians; the ways that are compared took turns.
${loadRemark()}

| What | Figure | Remark |
|---|---|---|
${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}
`;

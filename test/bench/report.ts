// The figures as one Markdown table, each beside what is to be reached where something is.

import { availableParallelism, cpus, loadavg } from 'node:os';

export type Row = [what: string, figure: string, target: string, remark: string];

export const rate = (count: number, seconds: number) =>
  `${Math.round(count / seconds).toLocaleString('en')} chunks/s`;
export const seconds = (value: number) => `${value.toFixed(value < 10 ? 2 : 1)} s`;
export const percent = (part: number, whole: number) => `${((100 * part) / whole).toFixed(2)} %`;
export const whole = (count: number) => Math.round(count).toLocaleString('en');
export const chunksOf = (chunks: number) => `${whole(chunks)} chunks`;

export const NO_TARGET = '';
/** A target, and whether it was reached: what falls short must catch the eye. */
export const target = (text: string, isReached: boolean) =>
  `${text}: ${isReached ? 'reached' : '**missed**'}`;
export const atLeast = (least: number, value: number, unit = '') =>
  target(`≥ ${least.toLocaleString('en')}${unit}`, value >= least);
export const atMost = (most: number, value: number, unit = '') =>
  target(`≤ ${most.toLocaleString('en')}${unit}`, value <= most);

/** What else ran on the machine makes figures worse: it must stand beside them. */
const LOAD_BEFORE = loadavg()[0] ?? 0;
const loadRemark = () =>
  `Load average before it began: ${LOAD_BEFORE.toFixed(1)} (more than 1 means that other programs slowed this down).`;

export const documentOf = (command: string, rows: Row[], total: number): string => `# Measurements

\`${command}\`, ${new Date().toISOString().slice(0, 10)}, ${availableParallelism()} cores (${cpus()[0]?.model ?? 'unknown'}), Node ${process.version}, ${seconds(total)} in all.
Neo4j, the Qdrant engine (behind a bridge) and DynamoDB Local shared these cores with Lockstep. Medians; the ways that are compared took turns.
Targets are those for a million chunks, as \`--full\` has; a smaller run also kills, writes and compares less.
${loadRemark()}

| What | Figure | To reach | Remark |
|---|---|---|---|
${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}
`;

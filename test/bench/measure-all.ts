// Every measurement in its order: what needs sound stores comes before what damages them.

import { CHUNKS_PER_DOCUMENT } from './corpus.ts';
import { fill } from './fill.ts';
import { measureBulk, measureNormalLane } from './measure-lanes.ts';
import { measureEvents, measureFalsePositives, repairsRecorded } from './measure-operations.ts';
import { measureDetection, measureMending, repairAtOnce } from './measure-repair.ts';
import { measureScans, weighScan } from './measure-scan.ts';
import { measureWrites } from './measure-writes.ts';
import {
  bulkRow,
  detectionRows,
  memoryRow,
  mendingRow,
  normalRow,
  percent,
  type Row,
  recordedRow,
  scanRows,
  seconds,
  writeRow,
} from './report.ts';
import type { Stage } from './stage.ts';
import { secondsOf } from './timing.ts';

export interface Bench {
  stage: Stage;
  chunks: number;
  /** Leaves out what damages the stores, and what writes. */
  isOfScansOnly: boolean;
  projects: { large: string; small: string; lost: string; writes: string };
  log: (line: string) => void;
}

/** Hands over the rows of each part as soon as it is done, so that what was measured is kept if a later part fails. */
export const measureAll = async (bench: Bench, keep: (rows: Row[]) => void): Promise<void> => {
  keep(await ofScans(bench));
  if (bench.isOfScansOnly) return;
  keep(await ofDamage(bench));
  keep(await ofLanes(bench));
  bench.log('scanning while documents are written');
  keep([await ofQuiet(bench)]);
  bench.log('writing documents with and without events');
  keep((await measureWrites(bench.stage, bench.projects.writes)).map(writeRow));
};

const ofScans = async ({ stage, chunks, projects, log }: Bench): Promise<Row[]> => {
  log(`filling ${chunks} chunks, and ${chunks / 10}`);
  log(`filled in ${seconds(await secondsOf(() => fill(stage, projects.large, chunks)))}`);
  await fill(stage, projects.small, chunks / 10);
  log('scanning');
  const times = await measureScans(stage, projects.large);
  log('weighing');
  const [large, small] = [await weighScan(stage, projects.large), await weighScan(stage, projects.small)];
  return [...scanRows(chunks, times), memoryRow(chunks, large), memoryRow(chunks / 10, small)];
};

const ofDamage = async (bench: Bench): Promise<Row[]> => {
  const { stage, chunks, projects, log } = bench;
  const project = projects.large;
  const plan = { project, documents: chunks / CHUNKS_PER_DOCUMENT };
  log('looking for planted differences');
  const detection = await measureDetection(stage, { ...plan, each: 20, from: 0 });
  await repairAtOnce(stage, project);
  log('repairing');
  const first = await measureMending(stage, project, 'content');
  const deep = await measureMending(stage, project, 'content', { ...plan, each: 10, from: 40 });
  const shallow = await measureMending(stage, project, 'fingerprints', {
    ...plan,
    each: 20,
    from: 60,
    isAltering: false,
  });
  const mended = [first, deep, shallow];
  const events = await ofEvents(bench, first.correlation_id, first.damaged);
  return [
    ...detectionRows(chunks, detection),
    mendingRow('10 altered and 10 missing, `content` scan', deep),
    mendingRow('20 missing, `fingerprints` scan', shallow),
    repairedRow(mended),
    events,
  ];
};

/** As many as a bulk lane is measured by: a scan that finds them lost writes an item for each. */
const LOST = 20_000;

const ofLanes = async ({ stage, projects, log }: Bench): Promise<Row[]> => {
  log(`restoring ${LOST} lost points`);
  await fill(stage, projects.lost, LOST);
  await stage.world.projects.changeSettings(projects.lost, { mode: 'plan' });
  const bulk = await measureBulk(stage, projects.lost);
  return [bulkRow(bulk), normalRow(await measureNormalLane(stage, projects.lost))];
};

const repairedRow = (mended: { damaged: number; repaired: number }[]): Row => {
  const damaged = mended.reduce((sum, one) => sum + one.damaged, 0);
  const repaired = mended.reduce((sum, one) => sum + one.repaired, 0);
  return ['Repaired of repairable', percent(repaired, damaged), `${repaired} of ${damaged} damaged chunks`];
};

const ofEvents = async ({ stage, projects, log }: Bench, run: string | undefined, repaired: number) => {
  log('counting the events of operations');
  const parts = [await measureEvents(stage, projects.writes), await repairsRecorded(stage, run, repaired)];
  return recordedRow(parts, 'creations, edits, repetitions, removals, failed writes, repairs');
};

const ofQuiet = async ({ stage, projects }: Bench): Promise<Row> => {
  const { scans, writes, compared, reported } = await measureFalsePositives(stage, projects.large);
  const remark = `${reported} of ${compared.toLocaleString('en')} compared by ${scans} \`content\` scans during ${writes} writes`;
  return ['False positives', percent(reported, compared), remark];
};

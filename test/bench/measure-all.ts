// Every measurement in its order: what needs sound stores comes before what damages them.

import { CHUNKS_PER_DOCUMENT } from './corpus.ts';
import type { CpuClock } from './cpu.ts';
import type { Effort } from './effort.ts';
import { fill } from './fill.ts';
import { measureCountBytes } from './measure-counts.ts';
import { measureBulk, measureNormalLane } from './measure-lanes.ts';
import { measureEvents, measureFalsePositives, repairsRecorded } from './measure-operations.ts';
import { measureDetection, measureMending, repairAtOnce } from './measure-repair.ts';
import { measureScans } from './measure-scan.ts';
import { measureShards } from './measure-shards.ts';
import { measureWrites } from './measure-writes.ts';
import { type Row, seconds } from './report.ts';
import { bulkRow, detectionRows, mendingRow, normalRow, recordedRow, repairedRow } from './report-repairs.ts';
import { countsRows, memoryRows, scanRows, shardRows } from './report-scans.ts';
import { quietRow, writeRow } from './report-writes.ts';
import type { Stage } from './stage.ts';
import { secondsOf } from './timing.ts';
import { weighScan } from './weigh-scan.ts';

export interface Bench {
  stage: Stage;
  chunks: number;
  /** Leaves out what damages the stores, and what writes. */
  isOfScansOnly: boolean;
  effort: Effort;
  cpu: CpuClock;
  projects: { large: string; small: string; lost: string; writes: string };
  log: (line: string) => void;
}

/** Hands over the rows of each part as soon as it is done, so that what was measured is kept if a later part fails. */
export const measureAll = async (bench: Bench, keep: (rows: Row[]) => void): Promise<void> => {
  keep(await ofScans(bench));
  keep(await ofShards(bench));
  if (bench.isOfScansOnly) return;
  keep(await ofDamage(bench));
  keep(await ofLanes(bench));
  bench.log('scanning while documents are written');
  keep([quietRow(await measureFalsePositives(bench.stage, bench.projects.large))]);
  bench.log('writing documents with and without events');
  keep((await measureWrites(bench.stage, bench.projects.writes)).map(writeRow));
};

const ofScans = async ({ stage, chunks, projects, effort, cpu, log }: Bench): Promise<Row[]> => {
  const { large, small } = projects;
  log(`filling ${chunks} chunks, and ${chunks / 10}`);
  log(`filled in ${seconds(await secondsOf(() => fill(stage, large, chunks)))}`);
  await fill(stage, small, chunks / 10);
  log('scanning');
  const times = await measureScans({ stage, project: large, chunks, rounds: effort.rounds, cpu });
  const counts = countsRows(times, await measureCountBytes(stage, large));
  log('weighing');
  const heavy = await weighScan(stage, large, chunks);
  const memory = memoryRows(heavy, await weighScan(stage, small, chunks / 10));
  return [...scanRows(chunks, times), ...counts, ...memory];
};

/** Pages that wait take long: a project of no more than this must do. */
const MOST_FOR_SHARDS = 100_000;

const ofShards = async ({ stage, chunks, projects, effort, log }: Bench): Promise<Row[]> => {
  log('scanning in shards');
  const [project, held] = chunks > MOST_FOR_SHARDS ? [projects.small, chunks / 10] : [projects.large, chunks];
  return shardRows(await measureShards(stage, project, held, effort.rounds));
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

const ofEvents = async ({ stage, projects, log }: Bench, run: string | undefined, repaired: number) => {
  log('counting the events of operations');
  const parts = [await measureEvents(stage, projects.writes), await repairsRecorded(stage, run, repaired)];
  return recordedRow(parts, 'creations, edits, repetitions, removals, failed writes, repairs');
};

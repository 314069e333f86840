// Scans beside what they are made of, and under what may befall them.

import { type Bench, handy } from './bench.ts';
import { fill } from './fill.ts';
import { measureBusy } from './measure-busy.ts';
import { measureCountBytes } from './measure-counts.ts';
import { measureKills } from './measure-kills.ts';
import { measureScans, SCANNED_DEPTHS } from './measure-scan.ts';
import { measureShards } from './measure-shards.ts';
import { type Row, seconds } from './report.ts';
import { countsRows, memoryRows, scanRows, shardRows } from './report-scans.ts';
import { busyRows, killRows } from './report-under-fire.ts';
import { secondsOf } from './timing.ts';
import { weighScan } from './weigh-scan.ts';

/** The projects that are filled before anything is measured: as large as the run is, and a tenth of that. */
export type Filled = 'large' | 'small';

export const fillOne = async (bench: Bench, project: Filled): Promise<void> => {
  const { stage, projects, log } = bench;
  const chunks = project === 'large' ? bench.chunks : bench.chunks / 10;
  log(`filling ${chunks} chunks`);
  log(`filled in ${seconds(await secondsOf(() => fill(stage, projects[project], chunks)))}`);
};

export const ofScans = async ({ stage, chunks, projects, effort, cpu, log }: Bench): Promise<Row[]> => {
  const { large, small } = projects;
  log('scanning');
  const times = await measureScans({ stage, project: large, chunks, rounds: effort.rounds, cpu });
  const counts = countsRows(times, await measureCountBytes(stage, large));
  log('weighing');
  const memory: Row[] = [];
  for (const depth of SCANNED_DEPTHS) {
    const heavy = await weighScan(stage, large, chunks, depth);
    memory.push(...memoryRows(heavy, await weighScan(stage, small, chunks / 10, depth)));
  }
  return [...scanRows(chunks, times), ...counts, ...memory];
};

export const ofShards = async ({ stage, chunks, projects, effort, log }: Bench): Promise<Row[]> => {
  log('scanning in shards');
  return shardRows(await measureShards(stage, projects, chunks, effort.rounds));
};

export const ofBusy = async (bench: Bench): Promise<Row[]> => {
  bench.log('scanning while documents are written');
  return busyRows(await measureBusy(bench.stage, handy(bench).project, bench.effort), bench.effort);
};

/** Leaves its project damaged. */
export const ofKills = async ({ stage, projects, chunks, effort, log }: Bench): Promise<Row[]> => {
  log(`killing ${effort.kills} workers`);
  return killRows(await measureKills(stage, projects.small, chunks / 10, effort.kills));
};

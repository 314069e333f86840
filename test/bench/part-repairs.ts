// What is found of planted damage, and how soon and how fast it is repaired.

import type { Bench } from './bench.ts';
import { CHUNKS_PER_DOCUMENT } from './corpus.ts';
import { fill } from './fill.ts';
import { measureBulk, measureNormalLane } from './measure-lanes.ts';
import { measureEvents, repairsRecorded } from './measure-operations.ts';
import { measurePace } from './measure-pace.ts';
import { measureDetection, measureMending, repairAtOnce } from './measure-repair.ts';
import type { Row } from './report.ts';
import {
  bulkRow,
  detectionRows,
  mendingRow,
  normalRow,
  paceRow,
  recordedRow,
  repairedRow,
} from './report-repairs.ts';

export const ofDamage = async (bench: Bench): Promise<Row[]> => {
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

const ofEvents = async ({ stage, projects, log }: Bench, run: string | undefined, repaired: number) => {
  log('counting the events of operations');
  const parts = [await measureEvents(stage, projects.writes), await repairsRecorded(stage, run, repaired)];
  return recordedRow(parts, 'creations, edits, repetitions, removals, failed writes, repairs');
};

/** As many as a bulk lane is measured by, so that one grace period is little of it: a scan writes an item for each. */
const LOST_MOST = 100_000;

export const ofLanes = async ({ stage, chunks, projects, log }: Bench): Promise<Row[]> => {
  const lost = Math.min(chunks, LOST_MOST);
  log(`restoring ${lost} lost points`);
  await fill(stage, projects.lost, lost);
  await stage.world.projects.changeSettings(projects.lost, { mode: 'plan' });
  const bulk = await measureBulk(stage, projects.lost);
  const normal = await measureNormalLane(stage, projects.lost);
  const pace = await measurePace(stage, projects.lost, lost / CHUNKS_PER_DOCUMENT);
  return [bulkRow(bulk), normalRow(normal), ...(pace ? [paceRow(pace)] : [])];
};

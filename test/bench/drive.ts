// Drives scans and repairs as a deployment does, in one process: doorbells are answered by a few workers.

import { randomUUID } from 'node:crypto';
import { rowNamed } from '../../infra/topology.ts';
import { MOST_WALKERS } from '../../shared/domain/intensity.ts';
import { REPAIRERS } from '../../shared/domain/lane.ts';
import type { RepairRow } from '../../shared/domain/project.ts';
import type { Depth, Scan } from '../../shared/domain/scan.ts';
import { planScan } from '../../shared/operations/plan-scan.ts';
import { repairBatch } from '../../shared/operations/repair.ts';
import { scanShard } from '../../shared/operations/scan-shard.ts';
import type { Envelope, Message } from '../../shared/ports.ts';
import type { Stage } from './stage.ts';
import { byWorkers } from './timing.ts';

export interface HowScanned {
  scanners: number;
  /** Rows of the largest pages. */
  pageRows?: number;
}
const AS_DEPLOYED: HowScanned = { scanners: MOST_WALKERS };
const PLENTY = () => 600_000;
/** As long as the function has that repairs. */
const aTurn = ({ clock }: Stage['world']) => {
  const until = clock.now() + rowNamed('repair-drift').timeoutSeconds * 1000;
  return () => until - clock.now();
};

/** One scan from plan to close, with the repairs that it released. */
export const scanOnce = async (
  { world }: Pick<Stage, 'world'>,
  project: string,
  depth: Depth,
  how = AS_DEPLOYED,
): Promise<{ scan: Scan; rows: RepairRow[] }> => {
  const request = { project, depth, correlation_id: randomUUID(), intensity_percent: 100 };
  const planned = await planScan(world, request);
  const rows = await answerDoorbells(world, how);
  const scan = await world.scans.get(project, planned.scan.scan_id);
  if (scan?.status !== 'completed') throw new Error(`a ${depth} scan ended ${JSON.stringify(scan)}`);
  return { scan, rows };
};

/** Shards by so many workers, also those that are rung meanwhile; how many they were. */
const answerAsRung = async (
  world: Stage['world'],
  workers: number,
  answer: (rung: RungShard) => Promise<unknown>,
): Promise<number> => {
  const [waiting, working]: [RungShard[], Set<Promise<unknown>>] = [[], new Set()];
  for (let answered = 0; ; ) {
    waiting.push(...world.bus.take('ShardReady'));
    for (const rung of waiting.splice(0, workers - working.size)) {
      const work = answer(rung).finally(() => working.delete(work));
      working.add(work);
      answered++;
    }
    if (working.size === 0) return answered;
    await Promise.race(working);
  }
};
type RungShard = Envelope & { message: Extract<Message, { type: 'ShardReady' }> };

export const answerDoorbells = async (
  world: Stage['world'],
  { scanners, ...how } = AS_DEPLOYED,
): Promise<RepairRow[]> => {
  const rows: RepairRow[] = [];
  for (;;) {
    const shards = await answerAsRung(world, scanners, ({ message }) =>
      scanShard(world, { ...message, ...how, owner: randomUUID(), remainingMs: PLENTY }),
    );
    const repairs = world.bus.take('RepairRequested');
    world.bus.held.length = 0;
    if (shards + repairs.length === 0) return rows;
    await byWorkers(repairs, REPAIRERS, async ({ message }) =>
      rows.push(
        ...(await repairBatch(world, { ...message, caller: randomUUID(), remainingMs: aTurn(world) })),
      ),
    );
  }
};

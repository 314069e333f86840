import { randomUUID } from 'node:crypto';
import type { RepairRow } from '../../shared/domain/project.ts';
import type { Depth, Scan } from '../../shared/domain/scan.ts';
import type { Settings } from '../../shared/domain/settings.ts';
import { planScan } from '../../shared/operations/plan-scan.ts';
import { repairBatch } from '../../shared/operations/repair.ts';
import { scanShard } from '../../shared/operations/scan-shard.ts';
import type { LocalWorld } from './world.ts';

const PLENTY = () => 600_000;

/** Rings what the bus holds until nothing is left: every doorbell `copies` times. Returns the rows of the repairs. */
export const deliverAll = async ({ world, project }: LocalWorld, copies = 1): Promise<RepairRow[]> => {
  const rows: RepairRow[] = [];
  for (let round = 0; round < 50; round++) {
    const shards = world.bus.take('ShardReady');
    const repairs = world.bus.take('RepairRequested');
    if (shards.length + repairs.length === 0) return rows;
    for (const { message } of twice(shards, copies))
      await scanShard(world, { ...message, project, owner: randomUUID(), remainingMs: PLENTY });
    for (const { message } of twice(repairs, copies))
      rows.push(...(await repairBatch(world, { ...message, project, caller: randomUUID() })));
  }
  throw new Error('the bus never became quiet');
};

const twice = <Item>(items: Item[], copies: number): Item[] =>
  Array.from({ length: copies }, () => items)
    .flat()
    .reverse();

/** Runs one scan from plan to close, repairs included where the mode lets them run. */
export const scanThrough = async (
  local: LocalWorld,
  depth: Depth,
  copies = 1,
): Promise<{ scan: Scan; rows: RepairRow[] }> => {
  const { world, project } = local;
  const planned = await planScan(world, { project, depth, correlation_id: randomUUID() });
  const rows = await deliverAll(local, copies);
  const scan = await world.scans.get(project, planned.scan.scan_id);
  if (!scan) throw new Error('the scan is gone');
  return { scan, rows };
};

/** Settings under which a test need not wait: everything found is repaired at once. */
export const EAGER: Partial<Settings> = {
  mode: 'auto',
  auto_repair_above_percent: 0,
  grace_seconds: 1,
  repairs_per_minute: 10_000,
};

/** All drift items of the project, by chunk. */
export const driftsOf = async ({ world, project }: LocalWorld) => {
  const { items } = await world.drifts.list(project, {}, { limit: 1000 });
  return new Map(items.map((item) => [item.chunk_id, item]));
};

import { repairBatch } from '../shared/operations/repair.ts';
import { live } from './dependencies.ts';
import { worker } from './worker.ts';

const TIMEOUT_SECONDS = 120;
const OUTCOMES = ['repaired', 'failed', 'skipped', 'rate_limited'] as const;

/** Repairs a batch of chunks. Every delivery is a caller of its own, so that only one of them probes a breaker. */
export const repairDrift = worker(
  'repair-drift',
  'RepairRequested',
  TIMEOUT_SECONDS,
  async ({ telemetry }, { project, repair_id, chunk_ids, correlation_id }, world) => {
    const rows = await repairBatch(world, { project, repair_id, chunk_ids, caller: world.ids.uuid() });
    const counts = OUTCOMES.map(
      (status) => [status, rows.filter(({ outcome }) => outcome === status).length] as const,
    );
    for (const [status, count] of counts)
      if (count > 0)
        telemetry.measure('repair_operations', count, { operation: 'repair-drift', status }, correlation_id);
    return { project, repair_id, chunks: chunk_ids.length, ...Object.fromEntries(counts) };
  },
);

export const handler = live(repairDrift);

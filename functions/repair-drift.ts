import type { RepairRow } from '../shared/domain/project.ts';
import { repairBatch } from '../shared/operations/repair.ts';
import { live } from './dependencies.ts';
import { spanned } from './spans.ts';
import { worker } from './worker.ts';

const TIMEOUT_SECONDS = 120;
const OUTCOMES = ['repaired', 'failed', 'skipped', 'rate_limited'] as const;

/** Repairs a batch of chunks. Every delivery is a caller of its own, so that only one of them probes a breaker. */
export const repairDrift = worker(
  'repair-drift',
  'RepairRequested',
  TIMEOUT_SECONDS,
  async ({ telemetry }, { correlation_id, ...message }, world, remainingMs) => {
    const { project, repair_id } = message;
    const request = { ...message, caller: world.ids.uuid(), remainingMs };
    const counts = await spanned(
      'repair chunks',
      { project, correlation_id },
      async () => countsOf(await repairBatch(world, request)),
      (counts) => counts,
    );
    for (const status of OUTCOMES.filter((outcome) => counts[outcome] > 0)) {
      const dimensions = { operation: 'repair-drift', status };
      telemetry.measure('repair_operations', counts[status], dimensions, correlation_id);
    }
    return { project, repair_id, ...counts };
  },
);

const countsOf = (rows: RepairRow[]) => {
  const of = (status: RepairRow['outcome']) => rows.filter(({ outcome }) => outcome === status).length;
  return {
    chunks: rows.length,
    repaired: of('repaired'),
    failed: of('failed'),
    skipped: of('skipped'),
    rate_limited: of('rate_limited'),
  };
};

export const handler = live(repairDrift);

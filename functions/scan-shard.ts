import type { Scan } from '../shared/domain/scan.ts';
import { scanShard as scan } from '../shared/operations/scan-shard.ts';
import { live } from './dependencies.ts';
import { spanned, withPageSpans } from './spans.ts';
import { worker } from './worker.ts';

const TIMEOUT_SECONDS = 900;

/** Walks one shard. Whatever comes of it is saved: a shard that is not done is rung again by the tick, not by the queue. */
export const scanShard = worker(
  'scan-shard',
  'ShardReady',
  TIMEOUT_SECONDS,
  async ({ telemetry }, { project, scan_id, shard, correlation_id }, world, remainingMs) => {
    const traced = { project, correlation_id };
    const request = { project, scan_id, shard, owner: world.ids.uuid(), remainingMs };
    const outcome = await spanned(
      'scan shard',
      traced,
      (span) => scan({ ...world, scans: withPageSpans(world.scans, traced, span) }, request),
      (outcome) => ({ outcome }),
    );
    const ended = outcome === 'done' ? await world.scans.get(project, scan_id) : undefined;
    if (ended?.completed_at && ended.drift_percentage !== null)
      telemetry.measure(
        'drift_percentage',
        ended.drift_percentage,
        { operation: 'scan-shard', project },
        correlation_id,
      );
    return { project, scan_id, shard, outcome, ...(ended?.completed_at ? found(ended) : {}) };
  },
);

/** What a scan found by type, in the line of its last shard. */
const found = ({ depth, sums: { drifts } }: Scan) => ({
  depth,
  drifts: Object.values(drifts).reduce((sum, count) => sum + count, 0),
  ...drifts,
});

export const handler = live(scanShard);

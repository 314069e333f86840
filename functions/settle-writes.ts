import type { Context } from 'aws-lambda';
import { settleWrites as settle } from '../shared/operations/settle-writes.ts';
import { type Dependencies, live } from './dependencies.ts';

const TIMEOUT_MS = 120_000;

/** Finishes operations whose process died. Answers what was settled, and how many could not be. */
export const settleWrites =
  ({ world, telemetry }: Dependencies) =>
  async (_event: unknown, context?: Pick<Context, 'getRemainingTimeInMillis'>) => {
    const until = world.clock.now() + TIMEOUT_MS;
    const remainingMs = () => context?.getRemainingTimeInMillis() ?? until - world.clock.now();
    const { settled, failed } = await settle(world, remainingMs);
    for (const { project, correlation_id, outcome } of settled) {
      telemetry.journal('settle-writes', correlation_id).info('settled', { project, outcome });
      const dimensions = { operation: 'settle-writes', status: outcome };
      telemetry.measure('sync_operations', 1, dimensions, correlation_id);
    }
    for (const { project, error } of failed)
      telemetry.journal('settle-writes', world.ids.uuid()).error('not settled', error, { project });
    if (failed.length > 0) {
      const dimensions = { operation: 'settle-writes', status: 'failed' };
      telemetry.measure('settles_failed', failed.length, dimensions, world.ids.uuid());
    }
    return { settled, failed: failed.length };
  };

export const handler = live(settleWrites);

import type { Context } from 'aws-lambda';
import { z } from 'zod';
import { DEPTHS } from '../shared/domain/scan.ts';
import { planScan as plan } from '../shared/operations/plan-scan.ts';
import type { Envelope } from '../shared/ports.ts';
import { type Dependencies, live } from './dependencies.ts';
import { messageOf, readEnvelope } from './envelope.ts';
import { project } from './fields.ts';
import { chained, isTooFar, tellDropped } from './hops.ts';
import { tickAll } from './tick-all.ts';

const TIMEOUT_MS = 120_000;
type Remaining = Pick<Context, 'getRemainingTimeInMillis'>;
const direct = z.object({ project, depth: z.enum(DEPTHS).default('fingerprints') });

/** The tick, for every project; or one scan of one project, where the event names it or carries a `ScanRequested`. */
export const planScan = (deps: Dependencies) => async (event: unknown, context?: Remaining) => {
  const until = deps.world.clock.now() + TIMEOUT_MS;
  const remainingMs = () => context?.getRemainingTimeInMillis() ?? until - deps.world.clock.now();
  const named = direct.safeParse(event);
  if (named.success) return await planKnown(deps, { ...named.data, correlation_id: deps.world.ids.uuid() });
  const isMessage = z.object({ detail: z.object({ schema_version: z.unknown() }) }).safeParse(event);
  if (!isMessage.success) return await tickAll(deps, remainingMs);
  return await planAsked(deps, readEnvelope(event));
};

const planAsked = async (deps: Dependencies, envelope: Envelope) => {
  const message = messageOf(envelope, 'ScanRequested');
  const drop = tellDropped(deps, 'plan-scan');
  if (isTooFar(envelope)) {
    drop([envelope]);
    return { ticked: 0, failed: 0 };
  }
  const world = { ...deps.world, bus: chained(deps.world.bus, envelope, drop) };
  return await planOne({ ...deps, world }, message);
};

const planOne = async ({ world, telemetry }: Dependencies, request: Parameters<typeof plan>[1]) => {
  const { outcome, scan } = await plan(world, request);
  const { project, scan_id, depth } = scan;
  telemetry.journal('plan-scan', request.correlation_id).info('scan', { project, scan_id, depth, outcome });
  return { ticked: 1, failed: 0 };
};

/** A schedule may stand before its project does: that is no failure, and needs no second try. */
const planKnown: typeof planOne = async (deps, request) => {
  const { project, correlation_id } = request;
  if (await deps.world.projects.get(project)) return await planOne(deps, request);
  deps.telemetry.journal('plan-scan', correlation_id).info('scan', { project, outcome: 'not registered' });
  return { ticked: 0, failed: 0 };
};

export const handler = live(planScan, { embedder: false });

import type { BreakerDependency, Permit, Transition } from '../domain/breaker.ts';
import { breakerStream, documentPosition } from '../domain/event.ts';
import { UnavailableError } from '../errors.ts';
import { recordOnce } from './journal.ts';
import { ring } from './ring.ts';
import type { Round } from './round.ts';

type Asker = Pick<Round, 'world' | 'run' | 'caller'>;

/** Leave to use a dependency. Repairs fail closed: where the breaker can't be read, there is no leave. */
export const askBreaker = async (
  { world, run, caller }: Asker,
  dependency: BreakerDependency,
): Promise<Permit> => {
  try {
    const { permit, transition, epoch } = await world.breakers.permit(run.project, dependency, caller);
    if (transition) await recordTransition({ world, run, caller }, dependency, transition, epoch);
    return permit;
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    return { allowed: false, dependency, retry_at: new Date(world.clock.now() + 1_000).toISOString() };
  }
};

/** Tells the breaker how its permitted calls ended. */
export const reportToBreaker = async (
  asker: Asker,
  permit: Permit & { allowed: true },
  outcome: 'succeeded' | 'failed',
): Promise<void> => {
  const { transition, epoch } = await asker.world.breakers.report(asker.run.project, permit, outcome);
  if (transition) await recordTransition(asker, permit.dependency, transition, epoch);
};

const recordTransition = async (
  { world, run }: Asker,
  dependency: BreakerDependency,
  type: Transition,
  epoch: number,
) => {
  const { project, correlation_id } = run;
  const stream = breakerStream(project, dependency);
  const place = { project, correlation_id, stream, position: documentPosition(epoch, type) };
  await recordOnce(world, type, place, { status: type, metadata: { dependency, epoch } });
  if (type === 'circuit_opened')
    await ring(world, [{ type: 'CircuitOpened', project, correlation_id, dependency }]);
};

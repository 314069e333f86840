import type { BreakerDependency, BreakerOverride } from '../domain/breaker.ts';
import { breakerStream, documentPosition } from '../domain/event.ts';
import { record } from './journal.ts';
import { breakerOnWire, projectOrFail } from './query-projects.ts';
import type { World } from './world.ts';

export interface OverrideRequest {
  project: string;
  correlation_id: string;
  dependency: BreakerDependency;
  override: BreakerOverride;
}

/** A person holds a breaker open or closed, or gives it back to itself. */
export const overrideBreaker = async (world: World, request: OverrideRequest) => {
  const { project, correlation_id, dependency, override } = request;
  await projectOrFail(world, project);
  const breaker = await world.breakers.override(project, dependency, override);
  const stream = breakerStream(project, dependency);
  const position = documentPosition(breaker.epoch, 'breaker_overridden', world.ids.uuid());
  const metadata = { dependency, override, epoch: breaker.epoch };
  await record(
    world,
    'breaker_overridden',
    { project, correlation_id, stream, position },
    { status: override, metadata },
  );
  return breakerOnWire(breaker);
};

import type { BreakerDependency, Permit } from '../domain/breaker.ts';
import type { Pace } from '../domain/pace.ts';
import type { Project, RepairRun } from '../domain/project.ts';
import type { Settings } from '../domain/settings.ts';
import type { World } from './world.ts';

/** Everything that holds for one batch of a run. */
export interface Round {
  world: World;
  run: RepairRun;
  project: Project;
  settings: Settings;
  caller: string;
  /** How fast the normal lane may go, as read when the round began; the bulk lane has none. */
  pace?: Pace;
  /** What the breakers grant to this round: asked once, so that of its documents none takes the probe from another. */
  permits: Map<BreakerDependency, Promise<Permit>>;
}

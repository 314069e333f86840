import type { Breaker } from '../domain/breaker.ts';
import type { Project } from '../domain/project.ts';
import type { Settings } from '../domain/settings.ts';
import { NotFoundError, UnavailableError } from '../errors.ts';
import type { ChunkStore, Page, Paged, QuarantineEntry } from '../ports.ts';
import type { World } from './world.ts';

/** The project, or NotFoundError: no read registers a name on the way. */
export const projectOrFail = async (
  { projects }: Pick<World, 'projects'>,
  name: string,
): Promise<Project> => {
  const project = await projects.get(name);
  if (project === undefined) throw new NotFoundError(`there is no project "${name}"`);
  return project;
};

export const queryProjects = ({ projects }: World, page: Page): Promise<Paged<Project>> =>
  projects.list(page);

/** What a side holds of a project; `null` where it does not answer, or is not there. */
export const countOn = async (store: ChunkStore, project: string): Promise<number | null> => {
  try {
    return await store.count(project);
  } catch (error) {
    if (error instanceof UnavailableError) return null;
    throw error;
  }
};

export const querySettings = async (world: World, name: string): Promise<Settings> => {
  await projectOrFail(world, name);
  return await world.projects.settings(name);
};

export const queryBreakers = async (world: World, name: string) => {
  await projectOrFail(world, name);
  return { items: (await world.breakers.all(name)).map(breakerOnWire) };
};

/** Who probes a breaker is nobody's business outside. */
export const breakerOnWire = (breaker: Breaker) => {
  const { dependency, state, epoch, failures, override } = breaker;
  const open_until = breaker.state === 'open' ? { open_until: breaker.open_until } : {};
  return { dependency, state, epoch, failures, ...open_until, override };
};

export const queryQuarantine = async (
  world: World,
  name: string,
  page: Page,
): Promise<Paged<Omit<QuarantineEntry, 'images'>>> => {
  await projectOrFail(world, name);
  return await world.quarantine.list(name, page);
};

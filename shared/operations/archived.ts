import type { Project } from '../domain/project.ts';
import { archivedBefore, archivedPeriods, type Period } from '../domain/retention.ts';
import type { World } from './world.ts';

/** The periods of a project's past that the event store no longer holds, whole or in part. */
export const archivedOf = async (
  { projects, clock }: Pick<World, 'projects' | 'clock'>,
  { project, registered_at }: Pick<Project, 'project' | 'registered_at'>,
): Promise<Period[]> => archivedPeriods(await projects.retention(project), registered_at, clock.now());

/** What an answer says if what was asked for reaches into the archive: of before that time it may not hold all. */
export const archivedNote = (periods: Period[], window: Partial<Period> = {}) => {
  const archived_before = archivedBefore(periods, window);
  return archived_before === undefined ? {} : { archived_before };
};

import { RETENTION_KNOWN_WITHIN_MS } from '../domain/retention.ts';
import type { Clock, Projects } from '../ports.ts';

interface Known {
  days: Promise<number>;
  until: number;
}

/** What a project keeps its events for, read once a minute, so that an append costs no read of its own. */
export const cachedRetention = (projects: Pick<Projects, 'settings'>, clock: Clock) => {
  const known = new Map<string, Known>();
  return (project: string): Promise<number> => {
    const now = clock.now();
    const found = known.get(project);
    if (found && now < found.until) return found.days;
    const days = projects.settings(project).then(({ retention_days }) => retention_days);
    known.set(project, { days, until: now + RETENTION_KNOWN_WITHIN_MS });
    days.catch(() => known.delete(project));
    return days;
  };
};

import type { LocalDeployment } from '../deployment.ts';
import { StartRefused } from '../start-refused.ts';
import { counted } from './columns.ts';

const EVER = { since: '1970-01-01T00:00:00.000Z', until: '9999-12-31T23:59:59.999Z' };

/**
 * Refuses a project that anything is known of: the demonstration damages only what it has made itself. Events stay for
 * good, also of a project that a demonstration has taken away again.
 */
export const refuseForeignProject = async ({ world }: LocalDeployment, project: string): Promise<void> => {
  const [known, nodes, dimension, heads, events] = await Promise.all([
    world.projects.get(project),
    world.graph.count(project),
    world.vectors.dimension(project),
    world.documents.list(project, { limit: 1 }),
    world.events.byProject(project, EVER, { limit: 1 }),
  ]);
  const where = [
    ...(known ? ['it is registered'] : []),
    ...(nodes > 0 ? [`Neo4j holds ${counted(nodes, 'chunk')} of it`] : []),
    ...(dimension === undefined ? [] : ['Qdrant has its collection']),
    ...(heads.items.length > 0 ? ['it has documents'] : []),
    ...(events.items.length > 0 ? ['it has a history'] : []),
  ];
  if (where.length > 0)
    throw new StartRefused(
      `project "${project}" exists already (${where.join('; ')}). The demonstration damages only a project that it has ` +
        'made itself: choose another --project, or leave it out',
    );
};

import type { LocalDeployment } from '../deployment.ts';

/** Refuses a project that State or either side knows: the demonstration damages only what it has made itself. */
export const refuseForeignProject = async (
  { world }: LocalDeployment,
  project: string,
  refusal: (why: string) => Error,
): Promise<void> => {
  const [known, nodes, dimension, heads] = await Promise.all([
    world.projects.get(project),
    world.graph.count(project),
    world.vectors.dimension(project),
    world.documents.list(project, { limit: 1 }),
  ]);
  const where = [
    ...(known ? ['State knows it'] : []),
    ...(nodes > 0 ? [`Neo4j holds ${nodes} chunks of it`] : []),
    ...(dimension === undefined ? [] : ['Qdrant has its collection']),
    ...(heads.items.length > 0 ? ['State holds documents of it'] : []),
  ];
  if (where.length > 0)
    throw refusal(
      `project "${project}" exists already (${where.join('; ')}). The demonstration damages only a project that it has ` +
        'made itself: choose another --project, or leave it out',
    );
};

import type { Stage } from './demo.ts';

/** What the demonstration made on somebody's stores is taken away again. Its events stay: nothing may remove those. */
export const dropProject = async ({ deployment, project }: Stage): Promise<void> => {
  const { world } = deployment;
  // From here on no tick begins anything for it, and what has begun is waited for.
  await world.projects.drop(project);
  await deployment.quiet();
  await Promise.all([world.graph.drop(project), world.vectors.drop(project)]);
  for (const port of [world.documents, world.scans, world.drifts, world.repairs, world.quarantine])
    await port.drop(project);
  await world.projects.drop(project);
};

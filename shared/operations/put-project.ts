import { ConflictError } from '../errors.ts';
import { countOn } from './query-projects.ts';
import { registerProject } from './register-project.ts';
import type { World } from './world.ts';

export interface ProjectRequest {
  project: string;
  correlation_id: string;
  adopt?: boolean;
  read_only?: boolean;
}

/** Registers a project, or answers the one that stands; `created` says which. */
export const putProject = async (world: World, request: ProjectRequest) => {
  const { adopt = false, read_only = false } = request;
  const { project, created } = await registerProject(world, { ...request, adopt, read_only });
  if (request.read_only !== undefined && request.read_only !== project.read_only)
    throw new ConflictError(
      `project "${project.project}" is registered with read_only: ${project.read_only}`,
      'registered_otherwise',
      { field: 'read_only' },
    );
  const [graph_count, vectors_count] = await Promise.all([
    countOn(world.graph, project.project),
    countOn(world.vectors, project.project),
  ]);
  const { identity } = project;
  return { created, answer: { project: project.project, identity, graph_count, vectors_count } };
};

import { projectStream } from '../domain/event.ts';
import type { Project } from '../domain/project.ts';
import { ConflictError, UnavailableError } from '../errors.ts';
import { recordOnce } from './journal.ts';
import { timestamp, type World } from './world.ts';

export interface Registration {
  project: string;
  correlation_id: string;
  adopt: boolean;
  read_only: boolean;
}
export interface Registered {
  project: Project;
  created: boolean;
}

/**
 * Makes a name a project: one random identity in State, in Neo4j and in Qdrant. A side that already holds data is
 * taken over only with `adopt`, otherwise ConflictError `adopt_required`. Repeating it finishes what a death left.
 */
export const registerProject = async (world: World, request: Registration): Promise<Registered> => {
  const known = await world.projects.get(request.project);
  if (known?.status === 'registered') return { project: known, created: false };
  if (!known && !request.adopt && !request.read_only) await refuseForeignData(world, request.project);
  const wanted = await proposal(world, request);
  const project = known ?? (await world.projects.put(wanted));
  await stamp(world, project);
  await recordRegistration(world, project, request.correlation_id);
  return { project: { ...project, status: 'registered' }, created: project.identity === wanted.identity };
};

const stamp = async (world: World, project: Project) => {
  if (!project.read_only) await Promise.all([world.graph.register(project), world.vectors.register(project)]);
  await world.projects.confirm(project.project, project.identity);
};

const refuseForeignData = async (world: World, project: string) => {
  const [nodes, dimension] = await Promise.all([
    world.graph.count(project),
    world.vectors.dimension(project),
  ]);
  if (nodes === 0 && dimension === undefined) return;
  throw new ConflictError(
    `a side already holds data under the name "${project}"; register it with adopt: true to take it over`,
    'adopt_required',
    { graph_count: nodes, has_collection: dimension !== undefined },
  );
};

const proposal = async (world: World, request: Registration): Promise<Project> => {
  const dimension = await world.vectors.dimension(request.project);
  return {
    project: request.project,
    identity: world.ids.uuid(),
    status: 'registering',
    registered_at: timestamp(world),
    embedding_model: world.embedder.model,
    dimension: dimension ?? world.embedder.dimension,
    adopted: request.adopt,
    read_only: request.read_only,
  };
};

const recordRegistration = (world: World, project: Project, correlation_id: string) =>
  recordOnce(
    world,
    'project_registered',
    {
      project: project.project,
      correlation_id,
      stream: projectStream(project.project),
      position: `${project.registered_at}#project_registered`,
    },
    { metadata: { identity: project.identity, adopted: project.adopted, read_only: project.read_only } },
  );

/** The project, registered on the way if neither side knows its name. Refuses what must not be written. */
export const writableProject = async (
  world: World,
  name: string,
  correlation_id: string,
): Promise<Project> => {
  const request = { project: name, correlation_id, adopt: false, read_only: false };
  const { project } = await registerProject(world, request);
  if (project.read_only)
    throw new ConflictError(
      `project "${name}" is read-only: Lockstep observes it and writes nothing`,
      'read_only',
    );
  refuseOtherModel(world, project);
  return project;
};

const refuseOtherModel = ({ embedder }: World, project: Project) => {
  if (project.dimension === embedder.dimension && project.embedding_model === embedder.model) return;
  throw new ConflictError(
    `project "${project.project}" holds vectors of ${project.embedding_model} (${project.dimension} dimensions), ` +
      `but the configured embedder is ${embedder.model} (${embedder.dimension})`,
    'embedder_mismatch',
  );
};

/** Whether State, Neo4j and Qdrant carry the same identity; answers which side does not. */
export const otherIdentity = async (
  world: World,
  project: Project,
): Promise<'graph' | 'vectors' | undefined> => {
  if (project.read_only) return undefined;
  const [graph, vectors] = await Promise.all([
    world.graph.identity(project.project),
    world.vectors.identity(project.project),
  ]);
  if (graph !== project.identity) return 'graph';
  return vectors !== project.identity ? 'vectors' : undefined;
};

/** The project, or UnavailableError-free absence as `undefined`; used by whoever must not register. */
export const knownProject = async (
  world: Pick<World, 'projects'>,
  name: string,
): Promise<Project | undefined> => {
  const project = await world.projects.get(name);
  if (project?.status === 'registering')
    throw new UnavailableError('state', 'partial', `project "${name}" is being registered; try again`);
  return project;
};

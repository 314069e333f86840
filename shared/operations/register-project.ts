import { projectStream } from '../domain/event.ts';
import type { Project } from '../domain/project.ts';
import { ConflictError } from '../errors.ts';
import type { Embedder } from '../ports.ts';
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
  if (project.adopted) await world.projects.changeSettings(project.project, CAUTIOUS);
  await stamp(world, project);
  await recordRegistration(world, project, request.correlation_id);
  return { project: { ...project, status: 'registered' }, created: project.identity === wanted.identity };
};

/** Of what others wrote nobody knows what was meant: a person says whether to copy it (DESIGN §5). */
const CAUTIOUS = { unknown_chunks: 'ask' } as const;

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
    { graph_count: nodes, has_collection: dimension !== undefined, field: 'adopt' },
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
      { field: 'project' },
    );
  refuseOtherModel(world, project);
  return project;
};

const refuseOtherModel = ({ embedder }: World, project: Project) => {
  const problem = otherModel(embedder, project);
  if (problem) throw new ConflictError(problem, 'embedder_mismatch');
};

/** Why vectors of the configured embedder must not be put among the project's, or `undefined` if they may. */
export const otherModel = (
  embedder: Pick<Embedder, 'model' | 'dimension'>,
  { project, dimension, embedding_model }: Project,
): string | undefined =>
  dimension === embedder.dimension && embedding_model === embedder.model
    ? undefined
    : `project "${project}" holds vectors of ${embedding_model} (${dimension} dimensions), ` +
      `but the configured embedder is ${embedder.model} (${embedder.dimension})`;

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

import type { Project } from '../domain/project.ts';
import { ConflictError, UnavailableError } from '../errors.ts';
import { type Access, reading, text } from './neo4j-access.ts';
import type { CypherClient } from './neo4j-client.ts';
import type { Names } from './neo4j-names.ts';
import * as statements from './neo4j-project-statements.ts';

export const identity = async (access: Access, project: string): Promise<string | undefined> => {
  const [row] = await reading(access, statements.readIdentity(access.names), { project });
  return text(row?.identity) ?? undefined;
};

export const register = async ({ client, names, layout }: Access, project: Project): Promise<void> => {
  for (const statement of statements.schema(names, layout, client.dialect)) await define(client, statement);
  const { project: name, identity } = project;
  await client.write((run) => run(statements.writeIdentity(names), { project: name, identity }));
};

/** One statement on the schema; it can't share a transaction with others. */
const define = async (client: CypherClient, statement: string): Promise<void> => {
  try {
    await client.write((run) => run(statement));
  } catch (error) {
    const { code = '' } = ((error as Error).cause ?? {}) as { code?: string };
    const problem = Object.entries(PROBLEMS).find(([name]) => code.endsWith(name))?.[1];
    throw problem ? new ConflictError(problem[1], problem[0]) : error;
  }
};

/** What can stand in the way of our constraints in a graph that others made: fences rest on them. */
const PROBLEMS: Record<string, [code: string, message: string]> = {
  ConstraintCreationFailed: [
    'duplicate_chunks',
    'the graph holds two chunks, or two files, under one id of one project; remove one of them',
  ],
  IndexAlreadyExists: [
    'index_in_the_way',
    'the graph has an index where Lockstep needs a uniqueness constraint on the same properties; drop that index',
  ],
};

const DROPPED_AT_ONCE = 2_000;
const DROPS = 10_000;

export const drop = async ({ client, names }: Access, project: string): Promise<void> => {
  for (const label of ['Chunk', 'File', 'Marker'] as const) await dropAll(client, names, label, project);
};

const dropAll = async (
  client: CypherClient,
  names: Names,
  label: 'Chunk' | 'File' | 'Marker',
  project: string,
) => {
  for (let drops = 0; drops < DROPS; drops++) {
    const parameters = { project, limit: DROPPED_AT_ONCE };
    const [row] = await client.write((run) => run(statements.dropSome(names, label), parameters));
    if ((row?.count as number) < DROPPED_AT_ONCE) return;
  }
  throw new UnavailableError('graph', 'partial', `project ${project} is too big to be dropped`);
};

const OLDEST = 5;

export const ping = async ({ client }: Access): Promise<void> => {
  const [row] = await client.run(statements.version(client.dialect));
  const version = String(row?.version ?? '');
  if (client.dialect === 'neo4j' && !(Number.parseInt(version, 10) >= OLDEST))
    throw new UnavailableError('graph', 'refused', `Neo4j ${OLDEST} or later is needed, this is ${version}`);
};

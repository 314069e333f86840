import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Project } from '../domain/project.ts';
import { ConflictError, NotFoundError } from '../errors.ts';
import type { Projects } from '../ports.ts';
import type { Cursors } from './cursors.ts';
import { approvalKey, dynamoApprovals } from './dynamodb-approvals.ts';
import { deleteItems } from './dynamodb-batch.ts';
import { dynamoSettings, type SettingsOptions, settingsKey } from './dynamodb-settings.ts';
import {
  conditionally,
  getItem,
  type Key,
  queryPages,
  type StateHandle,
  updateIf,
} from './dynamodb-state.ts';

export interface ProjectsOptions extends SettingsOptions {
  cursors: Cursors;
}
interface ProjectItem extends Key {
  project: Project;
}

/** All projects are in one partition, so that a listing is in order and misses none: they are few and written once. */
const PARTITION = 'project';
const projectKey = (project: string): Key => ({ pk: PARTITION, sk: project });

const isNew = 'attribute_not_exists(pk)';
const isSameIdentity = '#project.#identity = :identity';
const LISTING = 'projects';

/** Projects, with their settings and their one open approval, in the State table. */
export const dynamoProjects = (options: ProjectsOptions): Projects => {
  const get: Projects['get'] = async (project) =>
    (await getItem<ProjectItem>(options, projectKey(project), 'reading a project'))?.project;

  return {
    get,

    async put(project) {
      const wanted: Project = { ...project, status: 'registering' };
      await putOnce(options, wanted);
      return (await get(project.project)) ?? wanted;
    },

    async confirm(project, identity) {
      const step = {
        update: 'SET #project.#status = :registered',
        conditions: [isSameIdentity],
        values: { ':registered': 'registered', ':identity': identity },
      };
      if (await updateIf(options, projectKey(project), step, 'confirming a project')) return;
      if (!(await get(project))) throw new NotFoundError(`there is no project "${project}"`);
      throw new ConflictError(`project "${project}" has another identity`, 'identity_changed');
    },

    async list(page) {
      const after =
        page.cursor === undefined ? undefined : options.cursors.open<string>(LISTING, page.cursor);
      const found = await projectsAfter(options, after, page.limit + 1);
      const items = found.slice(0, page.limit);
      const last = items.at(-1);
      const hasMore = last && found.length > items.length;
      return { items, ...(hasMore && { next_cursor: options.cursors.seal(LISTING, last.project) }) };
    },

    drop: (project) =>
      deleteItems(
        options,
        [approvalKey(project), settingsKey(project), projectKey(project)],
        'dropping a project',
      ),

    ...dynamoSettings(options),
    ...dynamoApprovals(options),
  };
};

const putOnce = ({ client, tableName }: StateHandle, project: Project) =>
  conditionally('storing a project', () =>
    client.send(
      new PutCommand({
        TableName: tableName,
        Item: { ...projectKey(project.project), project },
        ConditionExpression: isNew,
      }),
    ),
  );

const projectsAfter = async (
  table: StateHandle,
  after: string | undefined,
  limit: number,
): Promise<Project[]> => {
  const query = {
    KeyConditionExpression: after === undefined ? 'pk = :pk' : 'pk = :pk AND sk > :after',
    ExpressionAttributeValues: { ':pk': PARTITION, ...(after !== undefined && { ':after': after }) },
    ConsistentRead: true,
    Limit: limit,
  };
  const found: Project[] = [];
  for await (const { items } of queryPages<ProjectItem>(table, query, 'listing projects')) {
    found.push(...items.map(({ project }) => project));
    if (found.length >= limit) break;
  }
  return found;
};

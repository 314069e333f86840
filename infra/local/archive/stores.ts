// What the command works on: the deployment of the environment, or what a local one has left in a folder.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { archiveOf } from '../../../functions/dependencies.ts';
import { cachedRetention } from '../../../shared/adapters/cached-retention.ts';
import { systemClock as clock } from '../../../shared/adapters/clock.ts';
import { signedCursors } from '../../../shared/adapters/cursors.ts';
import { dynamoClient } from '../../../shared/adapters/dynamodb-client.ts';
import { dynamoEventStore } from '../../../shared/adapters/dynamodb-event-store.ts';
import { dynamoProjects } from '../../../shared/adapters/dynamodb-projects.ts';
import { archiveConfig, loadConfig, stateConfig } from '../../../shared/config.ts';
import { InvalidError } from '../../../shared/errors.ts';
import type { Archive, Clock, EventStore, Projects } from '../../../shared/ports.ts';
import { openDirectory } from '../data-directory.ts';
import { startDynamo, tableNameOf } from '../dynamodb.ts';
import { startS3 } from '../s3.ts';
import { NOBODY, standInArchive } from '../services.ts';

export interface Stores {
  archive: Archive;
  events: EventStore;
  projects: Projects;
  clock: Clock;
  close(): Promise<void>;
}

export const openStores = ({ bucket, data }: { bucket?: string; data?: string }): Promise<Stores> =>
  data === undefined ? deployed(bucket) : inFolder(data);

const deployed = async (bucket: string | undefined): Promise<Stores> => {
  const env = { ...process.env, ...(bucket ? { LOCKSTEP_ARCHIVE_BUCKET: bucket } : {}) };
  // Cursors are signed by whoever hands them out: none leaves this command.
  const readers = { archive: archiveConfig, state: stateConfig };
  const { archive, state } = await loadConfig(readers, { ...env, LOCKSTEP_STAGE: 'local' });
  const client = dynamoClient({});
  return storesOn(client, state.tablePrefix, archiveOf(archive), async () => client.destroy());
};

const inFolder = async (data: string): Promise<Stores> => {
  if (!existsSync(join(data, 'dynamodb'))) throw new InvalidError(`${data} holds no local deployment`);
  const directory = await openDirectory(data);
  const [dynamo, s3] = await Promise.all([
    startDynamo({ directory: directory.of('dynamodb') }),
    startS3({ directory: directory.of('archive') }),
  ]);
  const { state } = await loadConfig({ state: stateConfig });
  const client = dynamoClient({ endpoint: dynamo.endpoint, ...NOBODY });
  return storesOn(client, state.tablePrefix, standInArchive(s3.endpoint), async () => {
    client.destroy();
    await Promise.all([dynamo.close(), s3.close()]);
    await directory.close();
  });
};

const storesOn = (
  client: ReturnType<typeof dynamoClient>,
  prefix: string,
  archive: Archive,
  close: () => Promise<void>,
): Stores => {
  const cursors = signedCursors('nobody gets a cursor from here');
  const handle = (name: 'Events' | 'State') => ({
    client,
    tableName: tableNameOf(prefix, { name }),
    cursors,
    clock,
  });
  const projects = dynamoProjects(handle('State'));
  const retentionDays = cachedRetention(projects, clock);
  return {
    archive,
    events: dynamoEventStore({ ...handle('Events'), retentionDays }),
    projects,
    clock,
    close,
  };
};

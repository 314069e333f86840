import { checkWrites } from '../../shared/operations/check-writes.ts';
import type { EndedWrite } from '../../shared/operations/suspect-writes.ts';
import type { World } from '../../shared/operations/world.ts';
import type { LocalWorld } from './world.ts';

const ENDS = ['write_completed', 'rollback_completed'];

/** The writes of a document that have ended, as the stream of events rings for them. */
export const endedWrites = async (
  { world, project }: Pick<LocalWorld, 'world' | 'project'>,
  file_path: string,
): Promise<EndedWrite[]> => {
  const { items } = await world.events.byDocument(project, file_path, { limit: 1000 });
  return items
    .filter(({ event_type }) => ENDS.includes(event_type))
    .map((event) => ({ ...event, file_path }));
};

/** Checks every write of a document, in this world or in a troubled one. */
export const checkDocument = async (
  local: Pick<LocalWorld, 'world' | 'project'>,
  file_path: string,
  world: World = local.world,
  remainingMs = () => 120_000,
) => checkWrites(world, await endedWrites(local, file_path), remainingMs);

import { documentPosition, projectStream } from '../domain/event.ts';
import type { Settings } from '../domain/settings.ts';
import { InvalidError } from '../errors.ts';
import { record } from './journal.ts';
import { projectOrFail } from './query-projects.ts';
import type { World } from './world.ts';

export interface SettingsRequest {
  project: string;
  correlation_id: string;
  changes: Partial<Settings>;
}

/** Changes some settings of a project, and answers all. Nothing given changes nothing. */
export const changeSettings = async (world: World, request: SettingsRequest): Promise<Settings> => {
  const { project, correlation_id, changes } = request;
  await projectOrFail(world, project);
  const standing = await world.projects.settings(project);
  refuseContradiction({ ...standing, ...changes });
  if (Object.keys(changes).length === 0) return standing;
  const { settings, change } = await world.projects.changeSettings(project, changes);
  const position = documentPosition(change, 'settings_changed');
  const place = { project, correlation_id, stream: projectStream(project), position };
  await record(world, 'settings_changed', place, { status: 'changed', metadata: { change, changes } });
  return settings;
};

/** Between the two limits a project is `drifting`: turned round, it would be critical and synchronized at once. */
const refuseContradiction = ({ synchronized_below_percent, alert_above_percent }: Settings) => {
  if (synchronized_below_percent <= alert_above_percent) return;
  const message = `is ${synchronized_below_percent}, which is more than alert_above_percent (${alert_above_percent})`;
  throw new InvalidError('two settings contradict each other', [
    { field: 'synchronized_below_percent', message },
  ]);
};

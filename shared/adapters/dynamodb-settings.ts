import type { Retention } from '../domain/retention.ts';
import { DEFAULT_SETTINGS, type Settings } from '../domain/settings.ts';
import type { Projects } from '../ports.ts';
import { getItem, type Key, nowOf, type StateHandle, type Step, updateIf } from './dynamodb-state.ts';

/** Only what was ever changed is stored, each setting as an attribute: so two writers can't undo each other. */
interface SettingsItem extends Key, Partial<Settings> {
  change: number;
  /** Every change of `retention_days`, oldest first. */
  kept?: Retention['kept'];
  restored?: Retention['restored'];
}
export const settingsKey = (project: string): Key => ({ pk: `settings#${project}`, sk: 'settings' });

export interface SettingsOptions extends StateHandle {
  /** What was never changed is as here, then as `DEFAULT_SETTINGS`. */
  initialSettings?: Partial<Settings>;
}

export const dynamoSettings = (
  table: SettingsOptions,
): Pick<Projects, 'settings' | 'changeSettings' | 'retention' | 'recordRestored'> => ({
  settings: async (project) =>
    settingsOf(table, await getItem<SettingsItem>(table, settingsKey(project), 'reading settings')),

  async changeSettings(project, changes) {
    const change = (step: Step) =>
      updateIf<SettingsItem>(table, settingsKey(project), step, 'changing settings');
    const item =
      (await change(changing(changes, nowOf(table)))) ?? (await change(changing(changes, undefined)));
    return { settings: settingsOf(table, item), change: item?.change ?? 0 };
  },

  async retention(project) {
    const item = await getItem<SettingsItem>(table, settingsKey(project), 'reading the retention');
    const initial = { ...DEFAULT_SETTINGS, ...table.initialSettings };
    const first = { since: new Date(0).toISOString(), days: initial.retention_days };
    return { kept: [first, ...(item?.kept ?? [])], restored: item?.restored ?? [] };
  },

  async recordRestored(project, period) {
    await updateIf(
      table,
      settingsKey(project),
      {
        update: 'SET #restored = list_append(if_not_exists(#restored, :none), :period)',
        conditions: [],
        values: { ':none': [], ':period': [period] },
      },
      'recording what was put back',
    );
  },
});

const NAMES = Object.keys(DEFAULT_SETTINGS) as (keyof Settings)[];

const isAnother = 'attribute_not_exists(#retention_days) OR #retention_days <> :retention_days';

/** With `keptSince`, another retention is noted with its time, which fails if it is none other. */
const changing = (changes: Partial<Settings>, keptSince: string | undefined): Step => {
  const { retention_days: days } = changes;
  const isNoted = keptSince !== undefined && days !== undefined;
  const changed = NAMES.filter((name) => changes[name] !== undefined);
  const set = [
    ...changed.map((name) => `#${name} = :${name}`),
    ...(isNoted ? ['#kept = list_append(if_not_exists(#kept, :none), :kept)'] : []),
  ];
  return {
    update: `${set.length > 0 ? `SET ${set.join(', ')} ` : ''}ADD #change :one`,
    conditions: isNoted ? [isAnother] : [],
    values: {
      ...Object.fromEntries(changed.map((name) => [`:${name}`, changes[name]])),
      ...(isNoted && { ':none': [], ':kept': [{ since: keptSince, days }] }),
      ':one': 1,
    },
  };
};

/** Settings that this version does not know are left where they are. */
const settingsOf = ({ initialSettings }: SettingsOptions, item: SettingsItem | undefined): Settings => {
  const stored = NAMES.filter((name) => item?.[name] !== undefined).map((name) => [name, item?.[name]]);
  return { ...DEFAULT_SETTINGS, ...initialSettings, ...Object.fromEntries(stored) };
};

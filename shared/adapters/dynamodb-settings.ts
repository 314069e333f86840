import { DEFAULT_SETTINGS, type Settings } from '../domain/settings.ts';
import type { Projects } from '../ports.ts';
import { getItem, type Key, type StateHandle, updateIf } from './dynamodb-state.ts';

/** Only what was ever changed is stored, each setting as an attribute: so two writers can't undo each other. */
interface SettingsItem extends Key, Partial<Settings> {
  change: number;
}
export const settingsKey = (project: string): Key => ({ pk: `settings#${project}`, sk: 'settings' });

export interface SettingsOptions extends StateHandle {
  /** What was never changed is as here, then as `DEFAULT_SETTINGS`. */
  initialSettings?: Partial<Settings>;
}

export const dynamoSettings = (table: SettingsOptions): Pick<Projects, 'settings' | 'changeSettings'> => ({
  settings: async (project) =>
    settingsOf(table, await getItem<SettingsItem>(table, settingsKey(project), 'reading settings')),

  async changeSettings(project, changes) {
    const item = await updateIf<SettingsItem>(
      table,
      settingsKey(project),
      changing(changes),
      'changing settings',
    );
    return { settings: settingsOf(table, item), change: item?.change ?? 0 };
  },
});

const NAMES = Object.keys(DEFAULT_SETTINGS) as (keyof Settings)[];

const changing = (changes: Partial<Settings>) => {
  const changed = NAMES.filter((name) => changes[name] !== undefined);
  const set = changed.length > 0 ? `SET ${changed.map((name) => `#${name} = :${name}`).join(', ')} ` : '';
  return {
    update: `${set}ADD #change :one`,
    conditions: [],
    values: { ...Object.fromEntries(changed.map((name) => [`:${name}`, changes[name]])), ':one': 1 },
  };
};

/** Settings that this version does not know are left where they are. */
const settingsOf = ({ initialSettings }: SettingsOptions, item: SettingsItem | undefined): Settings => {
  const stored = NAMES.filter((name) => item?.[name] !== undefined).map((name) => [name, item?.[name]]);
  return { ...DEFAULT_SETTINGS, ...initialSettings, ...Object.fromEntries(stored) };
};

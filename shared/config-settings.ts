import { z } from 'zod';
import { DEFAULT_SETTINGS, type Settings } from './domain/settings.ts';
import { type Reader, readVariables } from './environment.ts';

const REFUSED = 'is not what projects start with: set it to a JSON object of settings and their values';

/** Each setting is of the kind that its default is; what a deployment writes here was checked when it was made. */
const settings = z
  .string()
  .transform((value, context): Partial<Settings> => {
    const given = parsedJson(value);
    const isSettings =
      typeof given === 'object' &&
      given !== null &&
      Object.entries(given).every(([name, of]) => typeof of === typeof DEFAULT_SETTINGS[name as 'mode']);
    if (isSettings) return given;
    context.addIssue(REFUSED);
    return z.NEVER;
  })
  .default({});

const parsedJson = (value: string): unknown => {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
};

/** What projects of a deployment start with, where it is not the defaults. */
export const settingsConfig: Reader<Partial<Settings>> = async (env) =>
  readVariables({ LOCKSTEP_SETTINGS: settings }, env).LOCKSTEP_SETTINGS;

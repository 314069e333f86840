// Variables that come out of a secret: `LOCKSTEP_GRAPH_SECRET_ARN` stands for `NEO4J_URI` and its siblings. Problems name
// the variable that holds the ARN, and the field of the secret; never a value.

import { z } from 'zod';
import { type Environment, forbids, type ReadSecret } from './environment.ts';
import { ConfigurationError } from './errors.ts';

/** The fields of a secret and the variables that they stand for; a secret that is no JSON stands for one. */
export type SecretShape = string | Record<string, string>;

const anyValue = z.union([z.string(), z.number()]).transform(String);
const object = z.record(z.string(), z.unknown());

/**
 * Reads a config as if the fields of a secret were variables. Without the variable of its ARN nothing changes; with it,
 * the variables it stands for must not be set beside it.
 */
export const withSecret = async <Config>(
  variable: string,
  shape: SecretShape,
  env: Environment,
  readSecret: ReadSecret | undefined,
  read: (env: Environment) => Promise<Config> | Config,
): Promise<Config> => {
  const arn = env[variable]?.trim();
  if (!arn) return await read(env);
  const names = typeof shape === 'string' ? [shape] : Object.values(shape);
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim()));
  const twice = forbids(given, `${variable} is set, which stands for it`, ...names);
  if (twice.length > 0) throw new ConfigurationError(twice);
  if (!readSecret) throw refusal(variable, 'names a secret, and there is nothing here to read it with');
  const value = await readSecret(arn).catch((error: Error) => {
    throw refusal(variable, `names a secret that could not be read: ${error.message}`);
  });
  const fields = fieldsOf(variable, shape, value);
  try {
    return await read({ ...env, ...fields });
  } catch (error) {
    throw error instanceof ConfigurationError ? renamed(error, variable, shape) : error;
  }
};

const fieldsOf = (variable: string, shape: SecretShape, value: string): Environment => {
  if (typeof shape === 'string') return { [shape]: value };
  const parsed = object.safeParse(parsedJson(value));
  if (!parsed.success)
    throw refusal(variable, `holds no JSON object: store {${Object.keys(shape).join(', ')}}`);
  const known = Object.entries(shape).filter(([field]) => parsed.data[field] != null);
  const wrong = known.filter(([field]) => !anyValue.safeParse(parsed.data[field]).success);
  if (wrong.length > 0) throw refusal(`${variable} (${wrong[0]?.[0]})`, 'is not a text');
  return Object.fromEntries(known.map(([field, name]) => [name, String(parsed.data[field])]));
};

const parsedJson = (value: string): unknown => {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
};

const renamed = (error: ConfigurationError, variable: string, shape: SecretShape) => {
  const fieldOf = (name: string): string => {
    if (shape === name) return variable;
    const field = Object.entries(shape).find(([, of]) => of === name)?.[0];
    return typeof shape === 'object' && field ? `${variable} (${field})` : name;
  };
  return new ConfigurationError(error.errors.map((one) => ({ ...one, field: fieldOf(one.field) })));
};

const refusal = (field: string, message: string) => new ConfigurationError([{ field, message }]);

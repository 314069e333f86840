// How variables are read and refused. A variable that is empty counts as absent; no message ever holds a value.

import { z } from 'zod';
import { ConfigurationError, type FieldError } from './errors.ts';

export type Environment = Record<string, string | undefined>;

/** Answers the value of a secret, given its ARN or name. */
export type ReadSecret = (arn: string) => Promise<string>;

/** Asynchronous, since a variable may hold the ARN of a secret. */
export type Reader<Config> = (env: Environment, readSecret?: ReadSecret) => Promise<Config>;

/** Reads the variables of a schema. Contradictions are looked for even where single variables are refused. */
export const readVariables = <Shape extends z.ZodRawShape>(
  shape: Shape,
  env: Environment,
  contradictions: (given: Environment) => FieldError[] = () => [],
): z.output<z.ZodObject<Shape>> => {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim()));
  const result = z.object(shape).safeParse(given);
  const issues = result.success ? [] : result.error.issues;
  const problems = issues.map(({ path, message }) => ({ field: String(path[0]), message }));
  const all = [...problems, ...contradictions(given)];
  if (!result.success || all.length > 0) throw new ConfigurationError(all);
  return result.data;
};

// ---------------------------------------------------------------- kinds of variables

export const text = (whatToDo: string) => z.string({ error: `is missing: ${whatToDo}` }).trim();

/** Safe in a header. */
export const key = z
  .string()
  .trim()
  .regex(/^[\x21-\x7e]+$/, 'holds a space, a line end or a letter beyond ASCII: copy the key again');

export const url = (schemes: string[], example: string) =>
  text(`set it to a URL such as ${example}`).refine(
    (value) => schemes.includes(parsedUrl(value)?.protocol.slice(0, -1) ?? ''),
    `is not a URL with ${schemes.join(', ')}: set it as in ${example}`,
  );

// ---------------------------------------------------------------- contradictions

export const missing = (given: Environment, why: string, ...names: string[]): FieldError[] =>
  names
    .filter((name) => given[name] === undefined)
    .map((name) => ({ field: name, message: `is missing, but ${why}: set it` }));

export const forbids = (given: Environment, why: string, ...names: string[]): FieldError[] =>
  names
    .filter((name) => given[name] !== undefined)
    .map((name) => ({ field: name, message: `is set, but ${why}: unset it` }));

/** URLs are logged and shown; what is in them is no secret any more. */
export const noPasswordIn = (given: Environment, name: string, instead: string): FieldError[] => {
  const address = parsedUrl(given[name]);
  return address?.username || address?.password
    ? [{ field: name, message: `holds a user name or password: move it to ${instead}` }]
    : [];
};

export const isLocal = (given: Environment): boolean => (given.LOCKSTEP_STAGE ?? 'local').trim() === 'local';

/** A key must not cross a network in clear text. */
export const noKeyInClear = (given: Environment, key: string, name: string): FieldError[] => {
  const address = parsedUrl(given[name]);
  const isInClear = address?.protocol === 'http:' && !isLoopback(address.hostname);
  return given[key] !== undefined && isInClear
    ? [
        {
          field: key,
          message: `would cross the network in clear text: use https in ${name}, or unset the key`,
        },
      ]
    : [];
};

const parsedUrl = (value: string | undefined) => (value === undefined ? null : URL.parse(value.trim()));

const isLoopback = (host: string) => /^(localhost|\[::1\]|127(\.\d+){3})$/.test(host);

// Payloads are values: every change makes a new one.

import type { Json } from './body.ts';

/** A key set to null is removed, as the server does; an upserted or overwritten payload keeps its nulls. */
export const mergePayload = (payload: Json, set: Json): Json =>
  Object.fromEntries(
    Object.entries({ ...payload, ...set }).filter(
      ([key, value]) => value !== null || !Object.hasOwn(set, key),
    ),
  );

/** What is left of a payload by paths of keys; a value met before the end of a path stays whole. */
export const included = (payload: Json, paths: string[][]): Json =>
  Object.fromEntries(
    Object.entries(payload).flatMap(([key, value]) => {
      const inner = paths.filter(([first]) => first === key).map(([, ...rest]) => rest);
      return inner.length > 0 ? [[key, includedIn(value, inner)]] : [];
    }),
  );

const includedIn = (value: unknown, paths: string[][]): unknown => {
  if (paths.some((path) => path.length === 0) || typeof value !== 'object' || value === null) return value;
  return Array.isArray(value) ? [] : included(value as Json, paths);
};

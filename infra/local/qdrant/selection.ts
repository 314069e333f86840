// What of a point is answered: with_payload and with_vector.

import { isGiven, isObject, type Json, readList, readText } from './body.ts';
import type { Id } from './ids.ts';
import { keysOnly, readPath, withoutPath } from './paths.ts';
import { included } from './payloads.ts';
import type { Point } from './points.ts';
import { notImitated } from './refusal.ts';
import { type AnsweredVectors, answerVectors, paramsOf, type VectorSchema } from './vectors.ts';

export interface Answered {
  id: Id;
  payload?: Json;
  vector?: AnsweredVectors;
}

export const compileSelection = (
  schema: VectorSchema,
  body: Json,
  defaults: { with_payload: boolean },
): ((point: Point) => Answered) => {
  const payloadOf = compilePayload(body.with_payload ?? defaults.with_payload);
  const names = readNames(schema, body.with_vector ?? body.with_vectors);
  return ({ id, payload, vectors }) => ({
    id,
    ...(payloadOf && { payload: payloadOf(payload) }),
    ...(names && { vector: answerVectors(schema, vectors, names) }),
  });
};

const compilePayload = (selector: unknown): ((payload: Json) => Json) | undefined => {
  if (selector === false) return undefined;
  if (selector === true) return (payload) => payload;
  if (isObject(selector) && isGiven(selector.exclude)) return excluding(readPaths(selector.exclude));
  const paths = readPaths(isObject(selector) ? selector.include : selector);
  const isFlat = paths.every(({ length }) => length === 1);
  return isFlat ? picking(paths.flat()) : (payload) => included(payload, paths);
};

/** Pages of thousands of points ask for a few top-level keys each. */
const picking = (keys: string[]) => (payload: Json) => {
  const picked: Json = {};
  for (const key of keys) if (Object.hasOwn(payload, key)) picked[key] = payload[key];
  return picked;
};

const excluding = (paths: string[][]) => (payload: Json) => paths.reduce(withoutPath, payload);

export const readPaths = (paths: unknown): string[][] =>
  readList(paths, 'a list of payload keys').map(readKeys);

const readKeys = (path: unknown): string[] => {
  const keys = keysOnly(readPath(readText(path, 'a payload key')));
  if (!keys) throw notImitated(`selecting by \`${path}\``);
  return keys;
};

const readNames = (schema: VectorSchema, selector: unknown): string[] | undefined => {
  if (!isGiven(selector) || selector === false) return undefined;
  if (selector === true) return [...schema.keys()];
  const names = readList(selector, 'with_vector').map((name) => readText(name, 'a vector name'));
  for (const name of names) paramsOf(schema, name);
  return names;
};

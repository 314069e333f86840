// Reading the pieces of a request's JSON body: each either has the shape named, or the request is refused.

import { invalid, malformed, notImitated } from './refusal.ts';

export type Json = Record<string, unknown>;

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Qdrant reads `null` and an absent field alike. */
export const isGiven = (value: unknown): boolean => value !== undefined && value !== null;

export const readObject = (value: unknown, what: string): Json => {
  if (isObject(value)) return value;
  throw malformed(`${what} is not an object`);
};

export const readList = (value: unknown, what: string): unknown[] => {
  if (Array.isArray(value)) return value;
  throw malformed(`${what} is not a list`);
};

export const readText = (value: unknown, what: string): string => {
  if (typeof value === 'string') return value;
  throw malformed(`${what} is not a string`);
};

export const readCount = (value: unknown, what: string, fallback: number, least: number): number => {
  if (!isGiven(value)) return fallback;
  if (!Number.isSafeInteger(value)) throw malformed(`${what} is not an unsigned integer`);
  if ((value as number) < least) throw invalid(`${what}: value ${value} invalid, must be ${least} or larger`);
  return value as number;
};

/** Fields that change what a request means must not be overlooked. */
export const refuseFields = (body: Json, ...fields: string[]): void => {
  const unknown = fields.find((field) => isGiven(body[field]));
  if (unknown) throw notImitated(`\`${unknown}\``);
};

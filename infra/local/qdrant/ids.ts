// Point ids: unsigned integers and UUIDs, in the one spelling and the one order that Qdrant gives them.

import { malformed, notImitated } from './refusal.ts';

export type Id = number | string;

const UUID =
  /^(?:urn:uuid:)?(?:([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})|([0-9a-f]{32}))$/i;

export const readId = (value: unknown): Id => {
  if (typeof value === 'number') return readNumber(value);
  if (typeof value === 'string') return readUuid(value);
  throw notAnId(value);
};

const readNumber = (value: number): Id => {
  if (!Number.isInteger(value) || value < 0) throw notAnId(value);
  if (!Number.isSafeInteger(value)) throw notImitated('ids from 2^53 on');
  return value;
};

const readUuid = (value: string): Id => {
  const found = UUID.exec(value);
  if (!found) throw notAnId(value);
  const digits = (found[6] ?? found.slice(1, 6).join('')).toLowerCase();
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-${digits.slice(12, 16)}-${digits.slice(16, 20)}-${digits.slice(20)}`;
};

const notAnId = (value: unknown) =>
  malformed(
    `value ${JSON.stringify(value)} is not a valid point ID, valid values are either an unsigned integer or a UUID`,
  );

/** Integers come before UUIDs; canonical UUIDs compare as text as their bytes do. */
export const compareIds = (a: Id, b: Id): number => {
  if (typeof a === 'number') return typeof b === 'number' ? a - b : -1;
  if (typeof b === 'number') return 1;
  return a < b ? -1 : a > b ? 1 : 0;
};

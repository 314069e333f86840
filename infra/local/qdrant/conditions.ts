// The condition on one payload field, as Qdrant evaluates it without an index.

import { isGiven, type Json, readList, readObject, readText } from './body.ts';
import { readPath, type Step, valuesAt } from './paths.ts';
import { malformed } from './refusal.ts';

export type PayloadTest = (payload: Json) => boolean;
type ValueTest = (value: unknown) => boolean;

const TESTS = ['match', 'range', 'is_empty', 'is_null'];

export const fieldCondition = (condition: Json): PayloadTest => {
  const path = readPath(readText(condition.key, 'key'));
  const named = Object.keys(condition).filter((field) => field !== 'key' && isGiven(condition[field]));
  const [test, ...others] = named;
  if (test === undefined || others.length > 0 || !TESTS.includes(test)) throw unknownCondition(named);
  return fieldTest(path, test, condition[test]);
};

export const unknownCondition = (named: string[]) =>
  malformed(`this stand-in does not know the condition \`${named.join(', ')}\``);

const fieldTest = (path: Step[], test: string, wanted: unknown): PayloadTest => {
  if (test === 'is_empty') return equals(isEmptyAt(path), wanted);
  if (test === 'is_null') return equals(isNullAt(path), wanted);
  const matches =
    test === 'match' ? matchTest(readObject(wanted, 'match')) : rangeTest(readObject(wanted, 'range'));
  return (payload) => valuesAt(payload, path).some((value) => oneOf(value, matches));
};

/** An array matches when one of its elements does. */
const oneOf = (value: unknown, test: ValueTest) => (Array.isArray(value) ? value.some(test) : test(value));

const equals =
  (test: PayloadTest, wanted: unknown): PayloadTest =>
  (payload) =>
    test(payload) === wanted;

/** Absent, null and an empty list are all empty. */
export const isEmptyAt =
  (path: Step[]): PayloadTest =>
  (payload) =>
    valuesAt(payload, path).every((value) => value === null || (Array.isArray(value) && value.length === 0));

/** An absent field is not null. */
export const isNullAt =
  (path: Step[]): PayloadTest =>
  (payload) =>
    valuesAt(payload, path).some((value) => oneOf(value, (one) => one === null));

const matchTest = (match: Json): ValueTest => {
  const [kind, ...others] = Object.keys(match);
  if (kind === undefined || others.length > 0) throw unknownCondition(['match']);
  if (kind === 'value') return isAny([readValue(match.value)]);
  if (kind === 'any') return isAny(readList(match.any, 'any').map(readValue));
  if (kind === 'except') return isNone(readList(match.except, 'except').map(readValue));
  throw unknownCondition([`match.${kind}`]);
};

const readValue = (value: unknown) => {
  if (typeof value === 'string' || typeof value === 'boolean' || Number.isSafeInteger(value)) return value;
  throw malformed(`${JSON.stringify(value)} is not a string, an integer or a boolean`);
};

const isAny = (values: unknown[]): ValueTest => {
  const wanted = new Set(values);
  return (value) => wanted.has(value);
};

const isNone = (values: unknown[]): ValueTest => {
  const unwanted = new Set(values);
  return (value) => value !== null && !unwanted.has(value);
};

type Bound = (value: number, bound: number) => boolean;

const BOUNDS = new Map<string, Bound>(
  Object.entries({
    gt: (value, bound) => value > bound,
    gte: (value, bound) => value >= bound,
    lt: (value, bound) => value < bound,
    lte: (value, bound) => value <= bound,
  } satisfies Record<string, Bound>),
);

const rangeTest = (range: Json): ValueTest => {
  const bounds = Object.entries(range).filter(([, bound]) => isGiven(bound));
  const tests = bounds.map(([name, bound]) => boundTest(name, bound));
  return (value) => typeof value === 'number' && tests.every((test) => test(value));
};

const boundTest = (name: string, bound: unknown) => {
  const holds = BOUNDS.get(name);
  if (!holds || typeof bound !== 'number') throw unknownCondition([`range.${name} ${JSON.stringify(bound)}`]);
  return (value: number) => holds(value, bound);
};

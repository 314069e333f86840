// Filters: must, should, must_not and min_should over conditions, compiled once per request.

import { isGiven, isObject, type Json, readCount, readList, readObject, readText } from './body.ts';
import { fieldCondition, isEmptyAt, isNullAt, type PayloadTest, unknownCondition } from './conditions.ts';
import { type Id, readId } from './ids.ts';
import { readPath } from './paths.ts';

interface Testable {
  id: Id;
  payload: Json;
}

export interface Filter {
  test(point: Testable): boolean;
  /** Where given, no other point can pass: these are looked up, and the rest is not visited. */
  candidates?: ReadonlySet<Id>;
}

const EVERYTHING: Filter = { test: () => true };
const CLAUSES = ['must', 'should', 'must_not', 'min_should'];

export const compileFilter = (filter: unknown): Filter => {
  if (!isGiven(filter)) return EVERYTHING;
  const clauses = readObject(filter, 'filter');
  const unknown = Object.keys(clauses).filter((clause) => !CLAUSES.includes(clause));
  if (unknown.length > 0) throw unknownCondition(unknown);
  return all([
    ...readConditions(clauses.must),
    ...oneOfThem(readConditions(clauses.should)),
    ...readConditions(clauses.must_not).map(not),
    ...(isGiven(clauses.min_should) ? [atLeast(readObject(clauses.min_should, 'min_should'))] : []),
  ]);
};

/** One condition may be sent without its list. */
const readConditions = (conditions: unknown): Filter[] => {
  if (!isGiven(conditions)) return [];
  return (isObject(conditions) ? [conditions] : readList(conditions, 'conditions')).map(compileCondition);
};

const compileCondition = (value: unknown): Filter => {
  const condition = readObject(value, 'condition');
  if ('has_id' in condition) return hasId(readList(condition.has_id, 'has_id'));
  if ('key' in condition) return onPayload(fieldCondition(condition));
  if ('is_empty' in condition) return onPayload(isEmptyAt(readField(condition.is_empty)));
  if ('is_null' in condition) return onPayload(isNullAt(readField(condition.is_null)));
  return compileFilter(condition);
};

const readField = (field: unknown) => readPath(readText(readObject(field, 'field').key, 'key'));

const hasId = (values: unknown[]): Filter => {
  const candidates = new Set(values.map(readId));
  return { candidates, test: ({ id }) => candidates.has(id) };
};

const onPayload = (test: PayloadTest): Filter => ({ test: ({ payload }) => test(payload) });

const all = (filters: Filter[]): Filter => {
  const [first, ...others] = filters.flatMap(({ candidates }) => candidates ?? []);
  const candidates = others.reduce((least, one) => (one.size < least.size ? one : least), first ?? NONE);
  return {
    test: (point) => filters.every(({ test }) => test(point)),
    ...(first && { candidates }),
  };
};

const NONE: ReadonlySet<Id> = new Set();

/** Without conditions `should` asks for nothing. */
const oneOfThem = (filters: Filter[]): Filter[] => {
  if (filters.length === 0) return [];
  const test: Filter['test'] = (point) => filters.some((filter) => filter.test(point));
  if (filters.some(({ candidates }) => !candidates)) return [{ test }];
  return [{ test, candidates: new Set(filters.flatMap(({ candidates }) => [...(candidates ?? [])])) }];
};

const not = ({ test }: Filter): Filter => ({ test: (point) => !test(point) });

const atLeast = (clause: Json): Filter => {
  const filters = readConditions(clause.conditions);
  const least = readCount(clause.min_count, 'min_count', 0, 0);
  return { test: (point) => filters.filter(({ test }) => test(point)).length >= least };
};
